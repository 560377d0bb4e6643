//! Servers that receive pushes: a bare repository, and Git over HTTP as servers have it, with nginx and fcgiwrap.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    net::TcpListener,
    os::{
        fd::OwnedFd,
        unix::{fs::MetadataExt as _, net::UnixListener},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::repo::{git, tree};

/// A bare repository in a folder of its own.
pub(crate) struct Bare {
    folder: TempDir,
}

impl Bare {
    /// The name of the repository in its folder, and in addresses.
    const NAME: &str = "team.git";

    /// An empty one, which takes pushes over HTTP from anybody.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        git(folder.path(), &["init", "--quiet", "--bare", Self::NAME]);
        let bare = Self { folder };
        git(&bare.path(), &["config", "http.receivepack", "true"]);
        bare
    }

    /// The repository itself.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join(Self::NAME)
    }

    /// Every reference and what it points to, a line each.
    pub(crate) fn refs(&self) -> String {
        git(&self.path(), &["for-each-ref"])
    }

    /// Every file and folder that holds objects, by its path.
    pub(crate) fn objects(&self) -> BTreeSet<String> {
        tree(&self.path().join("objects")).into_keys().collect()
    }
}

/// Git over HTTP for one repository, on a free port of this machine; it ends with this.
pub(crate) struct SmartHttp {
    address: String,
    folder: TempDir,
    servers: [Child; 2],
}

impl SmartHttp {
    /// Serves `bare`. Both servers are given sockets that listen already: a request that comes before they are ready waits
    /// for them, and fails if they end.
    pub(crate) fn serve(bare: &Bare) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        // Nginx expects this of a socket that it is given.
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address").to_string();
        let gate = UnixListener::bind(folder.path().join("fcgi")).expect("a socket");
        write_config(folder.path(), &address, bare.folder.path());
        let servers = [fcgiwrap(folder.path(), gate), nginx(folder.path(), listener)];
        Self { address, folder, servers }
    }

    /// The address of the repository.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{}", self.address, Bare::NAME)
    }

    /// What the servers complained of. That nginx was given a socket is none of it.
    pub(crate) fn complaints(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).expect("a log");
        log.lines().filter(|line| !line.contains("[notice]")).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for SmartHttp {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // Nginx, if asked politely, ends its worker too. One that ended by itself is gone already.
            let _ = Command::new("sh").args(["-c", &format!("kill -TERM {}", server.id())]).status();
            let _ = server.wait();
        }
    }
}

fn fcgiwrap(folder: &Path, gate: UnixListener) -> Child {
    let mut command = Command::new("fcgiwrap");
    spawn(command.stdin(OwnedFd::from(gate)), folder)
}

/// A socket that nginx is to take over is named in the variable NGINX by its number, as when it replaces its own binary:
/// <https://nginx.org/en/docs/control.html#upgrade>. The number is that of standard input.
fn nginx(folder: &Path, listener: TcpListener) -> Child {
    let mut command = Command::new("nginx");
    let (config, log) = (folder.join("nginx.conf"), folder.join("log"));
    command.arg("-c").arg(config).arg("-p").arg(folder).arg("-e").arg(log);
    spawn(command.stdin(OwnedFd::from(listener)).env("NGINX", "0;"), folder)
}

fn spawn(command: &mut Command, folder: &Path) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).expect("a writable file");
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    let child = command.stdout(Stdio::null()).stderr(log).spawn();
    child.unwrap_or_else(|error| {
        panic!("{}, which cargo xtask test installs: {error}", command.get_program().display())
    })
}

/// Settings under which nginx writes nowhere but into `folder`, and hooks have a home and a path.
fn write_config(folder: &Path, address: &str, root: &Path) {
    let backend = Path::new(git(folder, &["--exec-path"]).trim()).join("git-http-backend");
    // The worker of a server of root would be somebody else, who may not enter the folder.
    let user = if fs::metadata(folder).expect("a folder").uid() == 0 { "user root root;\n" } else { "" };
    let (folder_shown, root, backend) = (folder.display(), root.display(), backend.display());
    let temporary: Vec<_> = ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"]
        .map(|kind| format!("{kind}_temp_path {folder_shown}/{kind};"))
        .into();
    let config = format!(
        "{user}daemon off;\nworker_processes 1;\npid {folder_shown}/pid;\nevents {{}}\nhttp {{\n\
         access_log off;\nclient_max_body_size 0;\n{}\nserver {{\nlisten {address};\nlocation / {{\n\
         fastcgi_pass unix:{folder_shown}/fcgi;\n\
         fastcgi_param SCRIPT_FILENAME {backend};\nfastcgi_param GIT_PROJECT_ROOT {root};\n\
         fastcgi_param GIT_HTTP_EXPORT_ALL 1;\nfastcgi_param PATH_INFO $uri;\n\
         fastcgi_param QUERY_STRING $query_string;\nfastcgi_param REQUEST_METHOD $request_method;\n\
         fastcgi_param CONTENT_TYPE $content_type;\nfastcgi_param CONTENT_LENGTH $content_length;\n\
         fastcgi_param REMOTE_ADDR $remote_addr;\nfastcgi_param HOME {root};\n\
         fastcgi_param PATH /usr/local/bin:/usr/bin:/bin;\n}}\n}}\n}}\n",
        temporary.join("\n")
    );
    fs::write(folder.join("nginx.conf"), config).expect("a writable file");
}
