//! Every kind of channel, one line each.

use crate::{
    Channel, ChannelFactory, Context, OpenError,
    channels::{Alertmanager, Email, GitHub, GitLab, Jira, Opsgenie, PagerDuty, Slack, Teams, Webhook},
};

/// The kinds of channel there are. Help and documentation are loops over this list.
pub static CHANNELS: &[&dyn ChannelFactory] =
    &[&PagerDuty, &Opsgenie, &Slack, &Teams, &Email, &Jira, &GitHub, &GitLab, &Webhook, &Alertmanager];

/// Opens a channel of the kind `kind` with the settings in `config`, without `name` and `kind`. Nothing is sent yet.
///
/// # Errors
/// No such kind; a setting that is unknown or wrong; a credential that is written out or is not there.
pub fn open_channel(
    kind: &str,
    config: toml::Table,
    context: &Context,
) -> Result<Box<dyn Channel>, OpenError> {
    let factory = CHANNELS.iter().find(|factory| factory.name() == kind).ok_or_else(|| {
        let known = CHANNELS.iter().map(|factory| factory.name()).collect();
        OpenError::UnknownKind { kind: kind.to_owned(), known }
    })?;
    factory.open(config, context)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_channel_has_an_entry() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/channels"));
        let definition = concat!("impl Channel", "Kind for ");
        let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let count = files.map(|path| fs::read_to_string(path).expect("a file").matches(definition).count());
        assert_eq!(count.sum::<usize>(), CHANNELS.len());
    }
}
