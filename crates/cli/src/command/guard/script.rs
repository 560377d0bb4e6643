//! The hook that Stanch writes: a shell script, made to be read by who finds it.

use std::{ffi::OsStr, path::Path};

use super::{
    hook::Hook,
    seal::{self, Author, BLANK},
};

/// Begins the line that makes a file ours. The number after it is that of the text below, for a later version to know.
const MARK: &str = "# stanch:hook ";
const VERSION: &str = "1";
/// In that line where there was no folder of hooks before.
const FOLDER_MADE: &str = "folder made";

/// What a hook is written for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script<'p> {
    pub(super) hook: Hook,
    /// The binary to run if it is still there, else the one on the path. None where other machines get the hook too.
    pub(super) program: Option<&'p Path>,
    pub(super) earlier: Earlier,
    pub(super) folder: Folder,
}

/// The hook that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// There was none.
    None,
    /// It stands beside ours and runs first.
    Kept,
    /// It is that of the pre-commit framework, which runs ours if it is installed once more, and says that this is a
    /// defect if ours runs it then.
    PreCommit,
}

/// Whether a folder of hooks was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    /// It was.
    Found,
    /// It was not, and goes when it is empty again.
    Made,
}

/// The name of the file that holds the hook that was there before.
pub(super) fn earlier_name(hook: Hook) -> String {
    format!("{hook}.before-stanch")
}

/// Whose the text of a hook is.
pub(super) fn author(text: &[u8]) -> Author {
    seal::author(text, MARK)
}

/// What a hook of ours says about its folder.
pub(super) fn folder(text: &[u8]) -> Folder {
    let made = |line: &[u8]| String::from_utf8_lossy(line).contains(FOLDER_MADE);
    if seal::line(text, MARK).is_some_and(made) { Folder::Made } else { Folder::Found }
}

impl Script<'_> {
    /// The file, in POSIX shell.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = self.head().into_bytes();
        let feed = self.earlier != Earlier::None && self.hook.reads_input();
        if feed {
            text.extend(FEED.as_bytes());
        }
        text.extend(self.run_earlier(feed).as_bytes());
        if let Some(program) = self.program {
            text.extend(
                [&b"stanch="[..], &quoted(program.as_os_str()), b"\n[ -x \"$stanch\" ] || "].concat(),
            );
        }
        let (stops, call) = (self.hook.stops(), self.hook.call());
        let run = if feed { "feed |" } else { "exec" };
        let rest = format!(
            "stanch=$(command -v stanch) || {{\n    \
             echo \"{}\" >&2\n    exit 1\n}}\n{run} \"$stanch\" {call}\n",
            missing(stops)
        );
        text.extend(rest.as_bytes());
        seal::seal(text, MARK)
    }

    fn head(&self) -> String {
        let earlier = match self.earlier {
            Earlier::None => ".".to_owned(),
            _ => format!(" and puts back\n# {}, which runs first.", earlier_name(self.hook)),
        };
        let folder = match self.folder {
            Folder::Found => String::new(),
            Folder::Made => format!("{FOLDER_MADE}, "),
        };
        format!(
            "#!/bin/sh\n# Stops a {} that holds a secret. Written by `stanch guard install`; `stanch guard uninstall` \
             removes it{earlier}\n{MARK}{VERSION}, {folder}checksum {BLANK}\n",
            self.hook.stops()
        )
    }

    fn run_earlier(&self, feed: bool) -> String {
        let file = earlier_name(self.hook);
        let (also, why) = match self.earlier {
            Earlier::None => return String::new(),
            Earlier::Kept => ("", ""),
            Earlier::PreCommit => (
                " && [ -z \"${PRE_COMMIT_RUNNING_LEGACY-}\" ]",
                "# Not where pre-commit itself runs this file, because it was installed once more.\n",
            ),
        };
        let feed = if feed { "feed | " } else { "" };
        format!(
            "earlier=${{0%/*}}/{file}\n{why}if [ -x \"$earlier\" ]{also}; then\n    \
             {feed}\"$earlier\" \"$@\" || exit $?\nfi\n"
        )
    }
}

/// Standard input for two: it can be read only once.
const FEED: &str = "\
input=$(cat)
feed() {
    [ -z \"$input\" ] || printf '%s\\n' \"$input\" 2>/dev/null
}
";

/// What is said where there is no Stanch: a gate that nobody keeps stays shut.
pub(super) fn missing(stops: &str) -> String {
    format!(
        "stanch: not found, so this {stops} is not checked and stops here; install it: {}",
        env!("CARGO_PKG_REPOSITORY")
    )
}

/// A word of the shell that stands for `text`.
fn quoted(text: &OsStr) -> Vec<u8> {
    let mut word = vec![b'\''];
    for byte in text.as_encoded_bytes() {
        match byte {
            b'\'' => word.extend(br"'\''"),
            // Git for Windows brings a shell that takes either.
            b'\\' if cfg!(windows) => word.push(b'/'),
            byte => word.push(*byte),
        }
    }
    word.push(b'\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(hook: Hook, earlier: Earlier, folder: Folder) -> String {
        let program = Some(Path::new("/opt/Ada's tools/stanch"));
        String::from_utf8(Script { hook, program, earlier, folder }.text()).expect("text")
    }

    #[test]
    fn a_hook_alone() {
        insta::assert_snapshot!(script(Hook::PreCommit, Earlier::None, Folder::Found), @r#"
        #!/bin/sh
        # Stops a commit that holds a secret. Written by `stanch guard install`; `stanch guard uninstall` removes it.
        # stanch:hook 1, checksum 966068792f88672d
        stanch='/opt/Ada'\''s tools/stanch'
        [ -x "$stanch" ] || stanch=$(command -v stanch) || {
            echo "stanch: not found, so this commit is not checked and stops here; install it: https://github.com/stanch/stanch" >&2
            exit 1
        }
        exec "$stanch" guard pre-commit
        "#);
    }

    #[test]
    fn a_hook_for_other_machines() {
        let script =
            Script { hook: Hook::PrePush, program: None, earlier: Earlier::None, folder: Folder::Made };
        insta::assert_snapshot!(String::from_utf8(script.text()).expect("text"), @r#"
        #!/bin/sh
        # Stops a push that holds a secret. Written by `stanch guard install`; `stanch guard uninstall` removes it.
        # stanch:hook 1, folder made, checksum 03c37855b6eec506
        stanch=$(command -v stanch) || {
            echo "stanch: not found, so this push is not checked and stops here; install it: https://github.com/stanch/stanch" >&2
            exit 1
        }
        exec "$stanch" guard pre-push "$@"
        "#);
    }

    #[test]
    fn a_hook_after_another_that_reads_the_same_input() {
        insta::assert_snapshot!(script(Hook::PrePush, Earlier::Kept, Folder::Found), @r#"
        #!/bin/sh
        # Stops a push that holds a secret. Written by `stanch guard install`; `stanch guard uninstall` removes it and puts back
        # pre-push.before-stanch, which runs first.
        # stanch:hook 1, checksum fc07270ef63be7ec
        input=$(cat)
        feed() {
            [ -z "$input" ] || printf '%s\n' "$input" 2>/dev/null
        }
        earlier=${0%/*}/pre-push.before-stanch
        if [ -x "$earlier" ]; then
            feed | "$earlier" "$@" || exit $?
        fi
        stanch='/opt/Ada'\''s tools/stanch'
        [ -x "$stanch" ] || stanch=$(command -v stanch) || {
            echo "stanch: not found, so this push is not checked and stops here; install it: https://github.com/stanch/stanch" >&2
            exit 1
        }
        feed | "$stanch" guard pre-push "$@"
        "#);
    }

    #[test]
    fn a_hook_after_that_of_pre_commit() {
        insta::assert_snapshot!(script(Hook::CommitMsg, Earlier::PreCommit, Folder::Found), @r#"
        #!/bin/sh
        # Stops a commit that holds a secret. Written by `stanch guard install`; `stanch guard uninstall` removes it and puts back
        # commit-msg.before-stanch, which runs first.
        # stanch:hook 1, checksum a94261bad69fc8d2
        earlier=${0%/*}/commit-msg.before-stanch
        # Not where pre-commit itself runs this file, because it was installed once more.
        if [ -x "$earlier" ] && [ -z "${PRE_COMMIT_RUNNING_LEGACY-}" ]; then
            "$earlier" "$@" || exit $?
        fi
        stanch='/opt/Ada'\''s tools/stanch'
        [ -x "$stanch" ] || stanch=$(command -v stanch) || {
            echo "stanch: not found, so this commit is not checked and stops here; install it: https://github.com/stanch/stanch" >&2
            exit 1
        }
        exec "$stanch" guard commit-msg "$1"
        "#);
    }

    #[test]
    fn a_hook_knows_that_its_folder_was_made() {
        for made in [Folder::Found, Folder::Made] {
            let text = script(Hook::PreReceive, Earlier::None, made);
            assert_eq!(folder(text.as_bytes()), made);
            assert_eq!(author(text.as_bytes()), Author::Stanch);
        }
    }
}
