//! The name of a repository by the address of its remote: one for every form of the address.

/// Longest address that is read, in bytes.
const BYTES_MAX: usize = 4096;

/// Hosts under which a forge takes SSH where its port is closed, and what the forge is called. Sources: GitHub documentation,
/// "Using SSH over the HTTPS port"; GitLab.com settings, "Alternative SSH port"; Bitbucket Cloud documentation, "Use the SSH
/// protocol"; Azure DevOps documentation, "Use SSH key authentication".
const ALIASES: [(&str, &str); 4] = [
    ("ssh.github.com", "github.com"),
    ("altssh.gitlab.com", "gitlab.com"),
    ("altssh.bitbucket.org", "bitbucket.org"),
    ("ssh.dev.azure.com", "dev.azure.com"),
];

/// `host/owner/repository` of the address of a remote, as Git takes it (git-clone(1), "GIT URLS"): without scheme, user,
/// password, port and `.git`, in lower case, because forges do not tell cases apart. None for a path on this machine.
pub(super) fn remote_name(address: &str) -> Option<String> {
    let address = address.trim();
    if address.len() > BYTES_MAX || address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let (authority, path) = match address.split_once("://") {
        Some((scheme, rest)) => {
            let scheme = scheme.to_ascii_lowercase();
            let is_known = ["https", "http", "ssh", "git", "git+ssh", "ssh+git", "git+https", "ftp", "ftps"]
                .contains(&scheme.as_str());
            rest.split_once('/').filter(|_| is_known)?
        }
        // As scp has it: a path with a slash before its first colon is on this machine, as is one behind a drive.
        None => address.split_once(':').filter(|(host, _)| host.len() > 1 && !host.contains(['/', '\\']))?,
    };
    let host = host(authority)?;
    let path = path.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if host == "dev.azure.com" {
        parts.retain(|part| !matches!(*part, "_git" | "v3"));
    }
    let is_plain = |part: &&str| !matches!(*part, "." | "..") && !part.contains(['@', '\\']);
    (!parts.is_empty() && parts.iter().all(is_plain)).then(|| format!("{host}/{}", parts.join("/")))
}

/// The host of `user:password@host:port`, in lower case.
fn host(authority: &str) -> Option<String> {
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let host = match place.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => place.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_host =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte));
    let alias = ALIASES.iter().find(|(alias, _)| *alias == host).map(|(_, name)| (*name).to_owned());
    is_host.then(|| alias.unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_an_address_gives_one_name() {
        for address in [
            "https://github.com/acme/shop",
            "https://github.com/Acme/Shop.git",
            "https://GitHub.com:443/acme/shop.git/",
            "https://ada:pass@word@github.com/acme/shop.git",
            "https://x-access-token:t@github.com/acme/shop",
            "http://github.com//acme/shop",
            "ssh://git@github.com/acme/shop.git",
            "ssh://git@github.com:22/acme/shop.git",
            "ssh://git@ssh.github.com:443/acme/shop.git",
            "git+ssh://git@github.com/acme/shop",
            "git://github.com/acme/shop.git",
            "git@github.com:acme/shop.git",
            "git@github.com:/acme/shop.git",
            "github.com:acme/shop",
            " git@github.com:acme/shop.git\n",
        ] {
            assert_eq!(remote_name(address).as_deref(), Some("github.com/acme/shop"), "{address}");
        }
        let azure = Some("dev.azure.com/acme/web/shop".to_owned());
        assert_eq!(remote_name("https://acme@dev.azure.com/acme/web/_git/shop"), azure);
        assert_eq!(remote_name("git@ssh.dev.azure.com:v3/acme/web/shop"), azure);
        assert_eq!(
            remote_name("https://git.acme.net/group/sub/group/shop.git").as_deref(),
            Some("git.acme.net/group/sub/group/shop")
        );
        assert_eq!(remote_name("ssh://git@[::1]:22/a/b.git").as_deref(), Some("::1/a/b"));
    }

    #[test]
    fn a_path_on_this_machine_names_nothing() {
        for address in [
            "",
            "/srv/git/shop.git",
            "../shop",
            "./a:b",
            "shop",
            "file:///srv/git/shop.git",
            "C:\\git\\shop",
            "c:/git/shop",
            "https://github.com",
            "https://github.com/",
            "https:///acme/shop",
            "ext::ssh -p 22 x",
            "git@github.com:../shop",
        ] {
            assert_eq!(remote_name(address), None, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_name_holds_what_stands_before_an_at(user in "[a-z]{4,12}", secret in "[A-Z0-9]{12,20}") {
            for address in [
                format!("https://{user}:{secret}@h.example/a/b.git"),
                format!("https://{secret}@h.example/a/b"),
                format!("ssh://{secret}@h.example:2222/a/b"),
                format!("{secret}@h.example:a/b.git"),
            ] {
                prop_assert_eq!(remote_name(&address), Some("h.example/a/b".to_owned()));
            }
        }

        #[test]
        fn no_address_makes_it_panic(address in "\\PC{0,60}") {
            let name = remote_name(&address);
            prop_assert!(name.is_none_or(|name| !name.contains('@')));
        }
    }
}
