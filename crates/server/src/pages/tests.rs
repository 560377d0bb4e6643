//! What pages are made of, and that nothing in them runs.

mod outline;
mod tag;

use std::collections::BTreeSet;

use self::{outline::outline, tag::Tag};
use super::{
    Frame, incidents,
    layout::Theme,
    sample::{HOSTILE, HOSTILE_URL, Words},
    view::{Role, Viewer},
};

fn plain_pages() -> Vec<(&'static str, String)> {
    let pages = Words::Plain.pages(&Words::Plain.frame());
    pages.into_iter().map(|(name, page)| (name, page.into_string())).collect()
}

#[test]
fn pages_have_the_structure_that_was_reviewed() {
    for (name, page) in plain_pages() {
        insta::assert_snapshot!(format!("page_{name}"), outline(&page));
    }
}

#[test]
fn hostile_text_stays_text_in_every_field() {
    for (name, page) in Words::Hostile.pages(&Words::Hostile.frame()) {
        let page = page.into_string();
        assert!(page.contains("&lt;script&gt;alert(1)"), "{name} shows no text that was given to it");
        assert!(!page.contains(HOSTILE) && !page.contains("<script>"), "{name} holds text as it was given");
        for tag in Tag::all(&page) {
            let context = format!("{name}: {tag:?}");
            assert!(tag.attributes.iter().all(|(attribute, _)| !attribute.starts_with("on")), "{context}");
            for address in
                ["href", "src", "action", "formaction"].iter().filter_map(|attribute| tag.get(attribute))
            {
                assert!(!address.starts_with(HOSTILE_URL), "{context}");
                assert!(!address.trim_start().to_ascii_lowercase().starts_with("javascript"), "{context}");
            }
            if tag.name == "script" {
                assert_eq!(tag.get("src"), Some("/assets/stanch.js"), "{context}");
            }
            if tag.name == "img" {
                assert_eq!(tag.get("src"), Some("/assets/icon.svg"), "{context}");
            }
        }
    }
}

#[test]
fn pages_keep_the_content_security_policy() {
    for (name, page) in plain_pages() {
        for tag in Tag::all(&page) {
            assert!(tag.get("style").is_none() && tag.name != "style", "{name}: {tag:?}");
            let loaded =
                ["src", "data"].iter().filter_map(|attribute| tag.get(attribute)).collect::<Vec<_>>();
            assert!(loaded.iter().all(|address| address.starts_with("/assets/")), "{name}: {tag:?}");
        }
    }
}

#[test]
fn pages_are_well_formed_for_assistive_technology() {
    for (name, page) in plain_pages() {
        let tags = Tag::all(&page);
        let ids: Vec<_> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let distinct: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name} has an id twice");
        assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1, "{name} has one title");
        for tag in &tags {
            let named: BTreeSet<_> = tag.attributes.iter().map(|(attribute, _)| attribute).collect();
            assert_eq!(named.len(), tag.attributes.len(), "{name}: an attribute twice in {tag:?}");
            for id in tag.get("aria-labelledby").iter().flat_map(|ids| ids.split(' ')) {
                assert!(distinct.contains(id), "{name}: {tag:?} names {id}");
            }
        }
    }
}

#[test]
fn every_change_carries_the_token_against_forgery() {
    for (name, page) in plain_pages() {
        for form in page.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
            let form = form.split("</form>").next().unwrap_or_default();
            assert!(form.contains("name=\"csrf\" value=\"csrf-of-tests\""), "{name}: {form}");
        }
    }
}

#[test]
fn who_only_looks_is_offered_no_change() {
    let viewer = Viewer { id: 9, name: "Wen Li".to_owned(), role: Role::Viewer };
    let frame = Frame { viewer: Some(viewer), ..Words::Plain.frame() };
    let looked_at = [
        "executive",
        "on-call",
        "debug",
        "incidents",
        "incident",
        "leaks",
        "leak",
        "search",
        "allowances",
        "audit",
    ];
    for (name, page) in Words::Plain.pages(&frame) {
        if !looked_at.contains(&name) {
            continue;
        }
        let posts: Vec<_> = Tag::all(&page.into_string())
            .iter()
            .filter(|tag| tag.get("method") == Some("post"))
            .map(|tag| tag.get("action").unwrap_or_default().to_owned())
            .collect();
        assert_eq!(posts, ["/theme", "/logout"], "{name}");
    }
}

#[test]
fn filters_survive_paging() {
    let mut view = Words::Plain.incidents();
    view.filter.severity = "high".to_owned();
    let page = incidents::page(&Words::Plain.frame(), &view).into_string();
    assert!(
        page.contains("href=\"/incidents?q=acme%20%26%20co&amp;severity=high&amp;after=c2\" rel=\"next\"")
    );
    assert!(page.contains("<option value=\"high\" selected>"));
}

#[test]
fn the_theme_is_rendered_by_the_server() {
    let frame = Frame { theme: Theme::named("dark"), ..Words::Plain.frame() };
    let page = incidents::page(&frame, &Words::Plain.incidents()).into_string();
    assert!(page.contains("<html lang=\"en\" data-theme=\"dark\""));
    assert_eq!([Theme::named("auto"), Theme::named("<b>")], [Theme::Auto, Theme::Auto]);
}
