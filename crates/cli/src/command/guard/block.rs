//! Lines of ours in a shell script of others.

use std::ops::Range;

use super::{
    hook::Hook,
    script::missing,
    seal::{self, Author, BLANK},
};

/// Begins the first of our lines. The number after it is that of the text below, for a later version to know.
const BEGIN: &str = "# stanch:begin ";
const VERSION: &str = "1";
/// The last of our lines.
const END: &str = "# stanch:end\n";
/// In the first line where the file is there only for ours.
const FILE_MADE: &str = "file made";
/// In the first line where the line before it had no end.
const LINE_ENDED: &str = "line ended";
/// What stands before our lines in a file that is there only for them.
const SHEBANG: &str = "#!/bin/sh\n";

/// What is left of a file without our lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// This text, to the byte what was there before.
    Text(Vec<u8>),
    /// Nothing: there was no file.
    Nothing,
}

/// Whose our lines in `text` are.
pub(super) fn author(text: &[u8]) -> Author {
    match (seal::line(text, BEGIN), span(text)) {
        (None, _) => Author::Other,
        (Some(_), None) => Author::Changed,
        (Some(_), Some(span)) => seal::author(&text[span], BEGIN),
    }
}

/// The file with our lines for `hook` in it. They come last, so that what was there may still change what is to be
/// looked at, but for hooks with an input: those lines come first, and leave the input to what follows.
pub(super) fn add(text: Option<&[u8]>, hook: Hook) -> Vec<u8> {
    let Some(text) = text else {
        return [SHEBANG.as_bytes(), &lines(hook, FILE_MADE)].concat();
    };
    let place = if hook.reads_input() { head(text) } else { text.len() };
    let (before, after) = text.split_at(place);
    if before.is_empty() || before.ends_with(b"\n") {
        return [before, &lines(hook, ""), after].concat();
    }
    [before, b"\n", &lines(hook, LINE_ENDED), after].concat()
}

/// The file without our lines; none if it has none, or if they have no end.
pub(super) fn take(text: &[u8]) -> Option<Left> {
    let span = span(text)?;
    let first = String::from_utf8_lossy(seal::line(text, BEGIN)?).into_owned();
    let (mut before, after) = (&text[..span.start], &text[span.end..]);
    if first.contains(FILE_MADE)
        && before.trim_ascii_end() == SHEBANG.trim_ascii_end().as_bytes()
        && after.is_empty()
    {
        return Some(Left::Nothing);
    }
    if first.contains(LINE_ENDED) && after.is_empty() {
        before = before.strip_suffix(b"\n").unwrap_or(before);
    }
    Some(Left::Text([before, after].concat()))
}

/// Whether lines at the end of `text` may not be reached.
pub(super) fn leaves_early(text: &[u8]) -> bool {
    let leaves = |line: &[u8]| [&b"exit"[..], b"exec "].iter().any(|word| line.starts_with(word));
    text.split(|byte| *byte == b'\n').any(leaves)
}

fn lines(hook: Hook, what: &str) -> Vec<u8> {
    let stops = hook.stops();
    let comma = if what.is_empty() { "" } else { ", " };
    let run =
        if hook.reads_input() { with_input(hook) } else { format!("stanch {} || exit $?\n", hook.call()) };
    let text = format!(
        "{BEGIN}{VERSION}{comma}{what}, checksum {BLANK}\n\
         # Stops a {stops} that holds a secret. `stanch guard uninstall` removes these lines.\n\
         command -v stanch >/dev/null || {{ echo \"{}\" >&2; exit 1; }}\n{run}{END}",
        missing(stops)
    );
    seal::seal(text.into_bytes(), BEGIN)
}

fn with_input(hook: Hook) -> String {
    format!(
        "stanch_input=$(cat)\n\
         {{ [ -z \"$stanch_input\" ] || printf '%s\\n' \"$stanch_input\"; }} | stanch {} || exit $?\n\
         # What follows reads the same.\n\
         if [ -z \"$stanch_input\" ]; then exec </dev/null; else exec <<stanch_input\n\
         $stanch_input\nstanch_input\nfi\n",
        hook.call()
    )
}

/// Where our lines are.
fn span(text: &[u8]) -> Option<Range<usize>> {
    let line = seal::line(text, BEGIN)?;
    let find = |what: &[u8], from: usize| {
        text[from..].windows(what.len()).position(|window| window == what).map(|place| from + place)
    };
    let start = find(line, 0)?;
    let end = find(END.trim_end().as_bytes(), start)?;
    let end = text[end..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |line| end + line + 1);
    Some(start..end)
}

/// Where a script begins to do something: after comments, and after the line with which husky 5 to 8 reads itself in.
fn head(text: &[u8]) -> usize {
    let idle = |line: &&[u8]| {
        let line = line.trim_ascii();
        line.is_empty() || line.starts_with(b"#") || line.ends_with(b"/husky.sh\"")
    };
    text.split_inclusive(|byte| *byte == b'\n').take_while(idle).map(<[u8]>::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: Vec<u8>) -> String {
        String::from_utf8(text).expect("text")
    }

    #[test]
    fn a_file_of_their_own() {
        insta::assert_snapshot!(text(add(None, Hook::CommitMsg)), @r#"
        #!/bin/sh
        # stanch:begin 1, file made, checksum b2f0a2dd456d37b1
        # Stops a commit that holds a secret. `stanch guard uninstall` removes these lines.
        command -v stanch >/dev/null || { echo "stanch: not found, so this commit is not checked and stops here; install it: https://github.com/stanch/stanch" >&2; exit 1; }
        stanch guard commit-msg "$1" || exit $?
        # stanch:end
        "#);
    }

    #[test]
    fn before_what_reads_the_same_input() {
        let husky = b"#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\ngit lfs pre-push \"$@\"\n";
        insta::assert_snapshot!(text(add(Some(husky), Hook::PrePush)), @r#"
        #!/usr/bin/env sh
        . "$(dirname -- "$0")/_/husky.sh"

        # stanch:begin 1, checksum b001430dc84953de
        # Stops a push that holds a secret. `stanch guard uninstall` removes these lines.
        command -v stanch >/dev/null || { echo "stanch: not found, so this push is not checked and stops here; install it: https://github.com/stanch/stanch" >&2; exit 1; }
        stanch_input=$(cat)
        { [ -z "$stanch_input" ] || printf '%s\n' "$stanch_input"; } | stanch guard pre-push "$@" || exit $?
        # What follows reads the same.
        if [ -z "$stanch_input" ]; then exec </dev/null; else exec <<stanch_input
        $stanch_input
        stanch_input
        fi
        # stanch:end
        git lfs pre-push "$@"
        "#);
    }

    #[test]
    fn what_is_added_can_be_taken_to_the_byte() {
        for old in ["", "npm test", "npm test\n", "#!/bin/sh", "#!/bin/sh\r\nnpm test\r\n", "\n\n"] {
            for hook in Hook::ALL {
                let new = add(Some(old.as_bytes()), hook);
                assert_eq!(author(&new), Author::Stanch, "{old:?}");
                assert_eq!(take(&new), Some(Left::Text(old.into())), "{old:?}");
            }
        }
        assert_eq!(take(&add(None, Hook::PreCommit)), Some(Left::Nothing));
    }

    #[test]
    fn what_others_added_later_stays() {
        let grown = [&add(Some(b"npm test"), Hook::PreCommit), &b"npm run lint\n"[..]].concat();
        assert_eq!(author(&grown), Author::Stanch);
        assert_eq!(take(&grown), Some(Left::Text(b"npm test\nnpm run lint\n".into())));
        let grown = [&add(None, Hook::PreCommit), &b"npm run lint\n"[..]].concat();
        assert_eq!(take(&grown), Some(Left::Text(b"#!/bin/sh\nnpm run lint\n".into())));
    }

    #[test]
    fn lines_without_an_end_are_changed() {
        let whole = add(Some(b"npm test\n"), Hook::PreCommit);
        let cut = &whole[..whole.len() - END.len()];
        assert_eq!((author(cut), take(cut)), (Author::Changed, None));
    }
}
