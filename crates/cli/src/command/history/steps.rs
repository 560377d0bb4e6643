//! The steps of a rewrite, as one would type them. No step holds the secret: it goes from an object of the repository into a
//! file that is private and gone at the end, and neither into an argument, which others on the machine can read, nor into the
//! history of a shell. Options are those of `git filter-repo` 2.47: <https://github.com/newren/git-filter-repo>.

use std::path::Path;

use serde::Serialize;
use stanch_sources::{FileKind, Form, Holders, KeptBy, Remedy, Stand};

use super::exposure::Exposure;

/// Most objects whose ids are written into a step; more are taken from this command's own JSON.
const IDS_MAX: usize = 4;

/// One step, or some that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Step {
    /// What it is for.
    pub(super) why: String,
    /// What to type, in `sh`.
    pub(super) commands: Vec<String>,
}

impl Step {
    fn new(why: impl Into<String>, commands: impl IntoIterator<Item = String>) -> Self {
        Self { why: why.into(), commands: commands.into_iter().collect() }
    }
}

/// What the steps are made from.
pub(super) struct Steps<'s> {
    pub(super) holders: &'s Holders,
    pub(super) exposure: &'s Exposure,
    pub(super) repo: &'s Path,
    /// What else of this command goes for the next ones.
    pub(super) typed: &'s str,
    pub(super) fingerprint: &'s str,
}

/// Whether references must be rewritten, or it is enough that Git lets go of what it keeps beside them.
pub(super) fn needs_rewrite(holders: &Holders) -> bool {
    holders.rewrite.commits > 0 || !holders.rewrite.refs.is_empty()
}

impl Steps<'_> {
    /// All of them, in order. Typed one after the other in the folder of the repository they leave nothing of the secret.
    pub(super) fn all(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if needs_rewrite(self.holders) {
            steps.push(self.prepare());
            steps.extend(self.remote().map(|remote| self.rewrite_remote(&remote)));
            steps.push(self.rewrite_here());
        }
        steps.extend(self.let_go());
        steps.push(self.drop_objects());
        steps.push(self.verify());
        steps
    }

    /// The remote whose history is rewritten first.
    fn remote(&self) -> Option<String> {
        match self.exposure {
            Exposure::Remote(names) | Exposure::Formerly(names) | Exposure::NeverSeen(names) => {
                let known = |name: &&String| self.holders.remotes.iter().any(|remote| remote.name == **name);
                names.iter().find(known).cloned()
            }
            Exposure::Unknown => None,
        }
    }

    /// What `git filter-repo` is told to take out.
    fn filters(&self) -> String {
        let stands = |stand: Stand| self.holders.forms.iter().any(|form| form.stands.contains(&stand));
        let mut filters = Vec::new();
        if stands(Stand::File) {
            filters.push("--replace-text \"$D/replace\"".to_owned());
        }
        if stands(Stand::Message) {
            filters.push("--replace-message \"$D/replace\"".to_owned());
        }
        if !self.stripped().is_empty() {
            filters.push("--strip-blobs-with-ids \"$D/blobs\"".to_owned());
        }
        for (stand, option, variable) in [
            (Stand::Name, "--filename-callback", "filename"),
            (Stand::Header, "--name-callback", "name"),
            (Stand::Header, "--email-callback", "email"),
        ] {
            if stands(stand) {
                filters.push(format!("{option} \"$(cat \"$D/{variable}.py\")\""));
            }
        }
        filters.join(" ")
    }

    /// The blobs that must go as a whole.
    pub(super) fn stripped(&self) -> Vec<&str> {
        let blobs = self.holders.objects.iter().filter(|object| object.kind == "blob");
        blobs.filter(|blob| blob.remedy == Remedy::Strip).map(|blob| blob.id.as_str()).collect()
    }

    fn prepare(&self) -> Step {
        let mut commands = vec!["D=$(mktemp -d)".to_owned()];
        let replaced =
            |form: &&Form| form.stands.contains(&Stand::File) || form.stands.contains(&Stand::Message);
        for (at, form) in self.holders.forms.iter().filter(replaced).enumerate() {
            let into = if at == 0 { ">" } else { ">>" };
            commands.push(format!("{} {into} \"$D/replace\"", self.expression(form)));
        }
        commands.extend(self.list_stripped());
        for (stand, variables) in [(Stand::Name, &["filename"][..]), (Stand::Header, &["name", "email"])] {
            let forms: Vec<&Form> =
                self.holders.forms.iter().filter(|form| form.stands.contains(&stand)).collect();
            commands.extend(self.callbacks(&forms, variables));
        }
        Step::new(
            "a private folder, and in it what is to be taken out; the value itself is never typed",
            commands,
        )
    }

    /// The bytes of a form.
    fn bytes(&self, form: &Form) -> String {
        let Form { object, kind, start, len, .. } = form;
        format!("{} cat-file {kind} {object} | tail -c +{} | head -c {len}", self.git(), start + 1)
    }

    /// A line for `--replace-text`. What has lines of its own cannot be literal there.
    fn expression(&self, form: &Form) -> String {
        let bytes = self.bytes(form);
        if form.is_multiline {
            return format!(
                "{bytes} | python3 -c 'import re, sys; sys.stdout.buffer.write(b\"regex:\" + \
                 re.escape(sys.stdin.buffer.read()).replace(b\"\\\\\\n\", b\"\\\\n\") + b\"==>***REMOVED***\\n\")'"
            );
        }
        format!("printf 'literal:%s==>***REMOVED***\\n' \"$({bytes})\"")
    }

    fn list_stripped(&self) -> Option<String> {
        let ids = self.stripped();
        match ids.len() {
            0 => None,
            1..=IDS_MAX => Some(format!("printf '%s\\n' {} > \"$D/blobs\"", ids.join(" "))),
            _ => Some(format!(
                "stanch history plan {}{} --format json | python3 -c 'import json, sys; \
                 print(*json.load(sys.stdin)[\"rewrite\"][\"strip\"], sep=\"\\n\")' > \"$D/blobs\"",
                self.fingerprint, self.typed
            )),
        }
    }

    /// Files with the bodies of callbacks, which read the values from files.
    fn callbacks(&self, forms: &[&Form], variables: &[&str]) -> Vec<String> {
        let mut commands = Vec::new();
        for variable in variables.iter().filter(|_| !forms.is_empty()) {
            let mut body = format!("return {variable}");
            for (at, form) in forms.iter().enumerate() {
                let file = format!("$D/{variable}{at}");
                commands.push(format!("{} > \"{file}\"", self.bytes(form)));
                body.extend([".replace(open('", &file, "', 'rb').read(), b'REMOVED')"]);
            }
            commands.push(format!("echo \"{body}\" > \"$D/{variable}.py\""));
        }
        commands
    }

    fn rewrite_remote(&self, remote: &str) -> Step {
        let (git, filters, remote) = (self.git(), self.filters(), quoted(remote));
        Step::new(
            format!("all that {remote} gives, rewritten in a fresh mirror of it and put back"),
            [
                format!(
                    "git clone --mirror --no-local \"$({git} remote get-url {remote})\" \"$D/mirror.git\""
                ),
                format!("git -C \"$D/mirror.git\" filter-repo --sensitive-data-removal {filters}"),
                "git -C \"$D/mirror.git\" push --force --mirror origin".to_owned(),
            ],
        )
    }

    /// Without remotes all references are its own. With them it must keep apart what is whose.
    fn rewrite_here(&self) -> Step {
        let (git, filters) = (self.git(), self.filters());
        if self.remote().is_some() {
            let command = format!("{git} filter-repo --partial --force {filters}");
            let why =
                "this clone, and each that is not deleted and cloned anew; what is not committed is lost";
            return Step::new(why, [command]);
        }
        let commands = [
            format!(
                "git clone --mirror --no-local {} \"$D/backup.git\"",
                quoted(&self.repo.to_string_lossy())
            ),
            format!("{git} filter-repo --sensitive-data-removal --force {filters}"),
        ];
        Step::new("a backup until you are content, and the rewrite; what is not committed is lost", commands)
    }

    /// What keeps objects beside references.
    fn let_go(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let (git, has) =
            (self.git(), |kept_by| self.holders.keepers.iter().any(|keeper| keeper.kept_by == kept_by));
        if has(KeptBy::Stash) {
            steps.push(Step::new(
                "stashes; apply those that you need before you begin",
                [format!("{git} stash clear")],
            ));
        }
        let mut commands = Vec::new();
        for folder in &self.holders.work_trees {
            let name = folder.display().to_string();
            let kept = |kept_by| self.holders.keepers.iter().any(|k| k.kept_by == kept_by && k.name == name);
            if kept(KeptBy::Head) {
                commands.push(format!("{git} worktree remove --force {}", quoted(&name)));
            } else if kept(KeptBy::Index) {
                commands.push(format!("git -C {} reset --quiet --hard", quoted(&name)));
            }
        }
        if !commands.is_empty() {
            steps.push(Step::new(
                "linked work trees, whose index holds it; one on no branch must go",
                commands,
            ));
        }
        let files = self.holders.files.iter().filter(|file| file.kind == FileKind::Leftover);
        let files: Vec<String> = files.map(|file| quoted(&file.path)).collect();
        if !files.is_empty() {
            steps.push(Step::new("what editors and merges left", [format!("rm -f {}", files.join(" "))]));
        }
        if !needs_rewrite(self.holders) && has(KeptBy::Index) {
            steps.push(Step::new(
                "what is staged; the files stay as they are",
                [format!("{git} reset --quiet")],
            ));
        }
        steps
    }

    fn drop_objects(&self) -> Step {
        let git = self.git();
        let mut commands =
            vec![format!("{git} reflog expire --expire=now --all"), format!("{git} gc --prune=now")];
        if needs_rewrite(self.holders) {
            commands.push("rm -rf \"$D\"".to_owned());
        }
        Step::new("what Git keeps in case somebody wants it back", commands)
    }

    fn verify(&self) -> Step {
        let command = format!("stanch history verify {}{}", self.fingerprint, self.typed);
        Step::new("the proof, in this clone and each other one", [command])
    }

    fn git(&self) -> String {
        if self.repo == Path::new(".") {
            return "git".to_owned();
        }
        format!("git -C {}", quoted(&self.repo.to_string_lossy()))
    }
}

/// A word for `sh`, in quotes where it needs them.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
