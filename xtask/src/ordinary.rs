//! Ordinary projects to train the judge with: what it must stay silent about. They are Debian's source packages, fetched by
//! name; the same list and the same versions give the same files.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::shell::{root, say, succeeds};

/// Lines of a Debian source package, how many MiB of it to take at most, and from which folders; from all where none is
/// named.
const LIST: &str = "xtask/ordinary.txt";
/// Larger files are generated, as a rule.
const FILE_BYTES_MAX: u64 = 400_000;
/// A zero byte among the first ones makes a file binary.
const PROBE_BYTES: usize = 8000;
/// Words of paths that hold test vectors and keys: a key in them is a key, so they teach nothing.
const LEFT_OUT: &[&str] = &["wycheproof", "testvectors", "test_vectors", "/vectors/", "cavs"];
const KEY_FILES: &[&str] = &["pem", "key", "p12", "der", "crt", "csr"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to put them: DIR/data/PACKAGE/…
    dir: PathBuf,
}

/// A package and what is taken of it.
struct Project<'l> {
    package: &'l str,
    bytes_max: u64,
    folders: Vec<&'l str>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let list = fs::read_to_string(root().join(LIST)).context(LIST)?;
    let downloads = args.dir.join("download");
    fs::create_dir_all(&downloads)?;
    let mut missing = Vec::new();
    for (number, line) in (1..).zip(list.lines()).filter(|(_, line)| !line.starts_with('#')) {
        let project = Project::read(line).with_context(|| format!("{LIST}:{number}"))?;
        let data = args.dir.join("data").join(project.package);
        if data.exists() {
            continue;
        }
        match project.fetch(&downloads, &data) {
            Ok(bytes) => say(&format!("{}: {bytes} bytes", project.package)),
            Err(error) => {
                say(&format!("{}: {error:#}", project.package));
                missing.push(project.package.to_owned());
            }
        }
    }
    ensure!(missing.is_empty(), "not there: {}", missing.join(", "));
    Ok(())
}

impl<'l> Project<'l> {
    fn read(line: &'l str) -> Result<Self> {
        let mut words = line.split_whitespace();
        let package = words.next().context("no package")?;
        let mib: u64 = words.next().context("no size")?.parse().context("the size in MiB")?;
        Ok(Self { package, bytes_max: mib << 20, folders: words.collect() })
    }

    /// Downloads and unpacks it, and keeps what is ordinary; tells how many bytes that is.
    fn fetch(&self, downloads: &Path, data: &Path) -> Result<u64> {
        let folder = downloads.join(self.package);
        if !folder.join("source").exists() {
            fs::create_dir_all(&folder)?;
            self.download(&folder)?;
            unpack(&folder)?;
        }
        let source = folder.join("source");
        let mut files = Vec::new();
        collect(&source, &mut files)?;
        files.retain(|file| self.takes(&source, file));
        // By a hash of their paths, so that what is taken of a large project is a fair sample of it.
        files.sort_by_cached_key(|file| {
            Sha256::digest(file.strip_prefix(&source).unwrap_or(file).to_string_lossy().as_bytes())
        });
        let mut total = 0;
        for file in files {
            let bytes = fs::read(&file)?;
            total += bytes.len() as u64;
            if total > self.bytes_max {
                break;
            }
            if !bytes[..bytes.len().min(PROBE_BYTES)].contains(&0) {
                let kept = data.join(file.strip_prefix(&source)?);
                fs::create_dir_all(kept.parent().context("no folder")?)?;
                fs::write(kept, bytes)?;
            }
        }
        Ok(total.min(self.bytes_max))
    }

    /// Downloads the newest version that can be had.
    fn download(&self, folder: &Path) -> Result<()> {
        let shown = Command::new("apt-cache").args(["showsrc", self.package]).output()?;
        let text = String::from_utf8_lossy(&shown.stdout).into_owned();
        let mut versions: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("Version: ")).collect();
        versions.reverse();
        let get = |version: &&str| {
            let name = format!("{}={version}", self.package);
            let mut command = Command::new("apt-get");
            succeeds(command.current_dir(folder).args(["source", "--download-only", "-qq", &name]))
        };
        ensure!(versions.iter().any(get), "cannot be had: are there deb-src lines in the list of sources?");
        Ok(())
    }

    fn takes(&self, source: &Path, file: &Path) -> bool {
        let inner = file.strip_prefix(source).unwrap_or(file);
        let text = format!("/{}", inner.to_string_lossy().to_lowercase());
        let is_key = inner.extension().is_some_and(|end| KEY_FILES.iter().any(|key| end == *key));
        let is_chosen =
            self.folders.is_empty() || self.folders.iter().any(|folder| inner.starts_with(folder));
        let len = fs::metadata(file).map_or(0, |data| data.len());
        is_chosen
            && !is_key
            && !LEFT_OUT.iter().any(|word| text.contains(word))
            && (1..FILE_BYTES_MAX).contains(&len)
    }
}

/// Unpacks the sources in a folder.
fn unpack(folder: &Path) -> Result<()> {
    let archive = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            let name = path.to_string_lossy();
            name.contains(".orig.tar.") && !name.ends_with(".asc")
        })
        .context("no .orig.tar of the package")?;
    let source = folder.join("source.part");
    fs::create_dir_all(&source)?;
    let mut tar = Command::new("tar");
    tar.arg("-xf").arg(&archive).arg("--strip-components=1").arg("-C").arg(&source);
    ensure!(succeeds(&mut tar), "tar cannot unpack {}", archive.display());
    Ok(fs::rename(source, folder.join("source"))?)
}

/// All files under a folder, without following links.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => collect(&entry.path(), files)?,
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}
