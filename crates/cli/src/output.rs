//! Where reports go: which format, to which file or to standard output.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use anstream::StripStream;
use anyhow::{Context as _, bail};
use clap::{
    Arg, Command,
    builder::{PossibleValue, StringValueParser, TypedValueParser},
    error::Error as ClapError,
};
use serde::Deserialize;
use tempfile::NamedTempFile;

use crate::{
    advice::{advise, listed},
    printer::{Patient, Printer},
    report::{FORMATS, Format, Report},
};

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct FormatChoice {
    format: &'static dyn Format,
    /// The file it names.
    pub(crate) file: Option<PathBuf>,
}

impl std::fmt::Debug for FormatChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.format.name(), self.file)
    }
}

impl FormatChoice {
    /// The format of this name, to `file` or to standard output.
    pub(crate) fn of(name: &str, file: Option<PathBuf>) -> Option<Self> {
        Some(Self { format: by_name(name)?, file })
    }
}

impl FromStr for FormatChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = by_name(name).ok_or_else(|| {
            let known = listed(FORMATS.iter().map(|format| format.name()));
            format!("unknown format: expected one of {known}")
        })?;
        if file == Some("") {
            return Err(format!("no file after {name}="));
        }
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

impl TryFrom<String> for FormatChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Reads a [`FormatChoice`], and knows the formats for help and completions.
#[derive(Clone)]
pub(crate) struct FormatParser;

impl TypedValueParser for FormatParser {
    type Value = FormatChoice;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<FormatChoice, ClapError> {
        let parser = StringValueParser::new().try_map(|text| text.parse::<FormatChoice>());
        parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |format: &&dyn Format| PossibleValue::new(format.name()).help(format.doc());
        Some(Box::new(FORMATS.iter().map(value)))
    }
}

/// One report to write.
pub(crate) struct Output {
    format: &'static dyn Format,
    /// None for standard output.
    file: Option<PathBuf>,
    manner: Manner,
}

/// How a report gets into its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// In the place of what was there.
    Anew,
    /// After what is there.
    Appended,
}

/// Every report to write.
pub(crate) struct Outputs(Vec<Output>);

impl Outputs {
    /// Brings formats and files together: the n-th file belongs to the n-th format that names none; a file without a
    /// format takes it from its extension; a format without a file goes to standard output.
    ///
    /// # Errors
    /// Two reports for one place, or an extension that is no format's name.
    pub(crate) fn pair(formats: &[FormatChoice], files: &[PathBuf]) -> anyhow::Result<Self> {
        let mut files = files.iter().cloned();
        let mut outputs: Vec<_> = formats
            .iter()
            .map(|choice| Output {
                format: choice.format,
                file: choice.file.clone().or_else(|| files.next()),
                manner: Manner::Anew,
            })
            .collect();
        for file in files {
            outputs.push(Output { format: by_extension(&file)?, file: Some(file), manner: Manner::Anew });
        }
        if outputs.is_empty() {
            outputs.push(Output { format: FORMATS[0], file: None, manner: Manner::Anew });
        }
        for output in &mut outputs {
            output.file = output.file.take().filter(|file| file != Path::new("-"));
        }
        let outputs = Self(outputs);
        outputs.check()?;
        Ok(outputs)
    }

    /// These, and a report of the format `name` after what `file` holds.
    pub(crate) fn and_append(mut self, name: &str, file: PathBuf) -> Self {
        let output =
            by_name(name).map(|format| Output { format, file: Some(file), manner: Manner::Appended });
        self.0.extend(output);
        self
    }

    /// Whether a report goes to standard output.
    pub(crate) fn on_terminal(&self) -> bool {
        self.0.iter().any(|output| output.file.is_none())
    }

    /// The files that get a report.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().filter_map(|output| output.file.as_deref())
    }

    /// Writes the report in every format to every place.
    ///
    /// # Errors
    /// A place that cannot be written, by name. The others are written all the same.
    pub(crate) fn write(&self, report: &Report<'_>, printer: &Printer) -> anyhow::Result<()> {
        let results: Vec<_> = self.0.iter().map(|output| output.write(report, printer)).collect();
        results.into_iter().collect()
    }

    /// Finds before the scan what would only fail after it.
    fn check(&self) -> anyhow::Result<()> {
        for (index, output) in self.0.iter().enumerate() {
            if self.0[..index].iter().any(|earlier| earlier.file == output.file) {
                let place =
                    output.file.as_ref().map_or("standard output".into(), |file| file.to_string_lossy());
                let name = output.format.name();
                let remedy = format!("--format {name}=FILE for all but one of them");
                return Err(advise(format!("{place}: only one report fits there"), remedy));
            }
            output.file.as_deref().map_or(Ok(()), check_place)?;
        }
        Ok(())
    }
}

impl Output {
    fn write(&self, report: &Report<'_>, printer: &Printer) -> anyhow::Result<()> {
        let Some(file) = &self.file else {
            return printer.print(|out| self.format.write(report, out)).context("standard output");
        };
        self.write_file(report, file).with_context(|| file.display().to_string())
    }

    fn write_file(&self, report: &Report<'_>, file: &Path) -> io::Result<()> {
        if self.manner == Manner::Appended {
            let opened = OpenOptions::new().append(true).create(true).open(file)?;
            return self.write_to(report, Patient::new(opened));
        }
        if !is_plain(file) {
            let opened = OpenOptions::new().write(true).open(file)?;
            return self.write_to(report, Patient::new(opened));
        }
        // Through a symbolic link to the file it names, which then stays what it is: a link.
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let unfinished = NamedTempFile::new_in(folder(&file))?;
        self.write_to(report, unfinished.as_file().try_clone()?)?;
        unfinished.persist(&file).map_err(|error| error.error)?;
        Ok(())
    }

    /// Files get no colours, whatever the terminal gets.
    fn write_to(&self, report: &Report<'_>, out: impl Write + 'static) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        let plain: &mut dyn Write = &mut out;
        self.format.write(report, &mut StripStream::new(plain))?;
        out.flush()
    }
}

fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

fn by_extension(file: &Path) -> anyhow::Result<&'static dyn Format> {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    by_name(&extension).ok_or_else(|| {
        let problem = format!("{}: no format is named {extension:?} like its extension", file.display());
        advise(problem, format!("--format {}={}", FORMATS[0].name(), file.display()))
    })
}

/// Whether it is, or will be, an ordinary file: not a device, a pipe, or an open file of this process.
fn is_plain(file: &Path) -> bool {
    let special = file.starts_with("/dev") || file.starts_with("/proc");
    !special && fs::metadata(file).map_or(true, |found| found.is_file())
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn check_place(file: &Path) -> anyhow::Result<()> {
    if file.is_dir() {
        bail!("{}: is a folder, not a file", file.display());
    }
    let folder = folder(file);
    if !folder.is_dir() {
        bail!("{}: there is no folder {}", file.display(), folder.display());
    }
    Ok(())
}
