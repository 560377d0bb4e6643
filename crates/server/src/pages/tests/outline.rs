//! What a page is made of, without its texts: landmarks, headings, columns of tables, forms and their fields.

use super::tag::Tag;

/// The outline, a line for each thing.
pub(super) fn outline(page: &str) -> String {
    let body = page.split_once("<main").map_or(page, |(_, main)| main);
    let frame = if page.contains("id=\"menu\"") { "with navigation\n" } else { "alone\n" };
    let main = format!("<main{}", body.split("</main>").next().unwrap_or_default());
    frame.chars().chain(Tag::all(&main).iter().filter_map(line).collect::<String>().chars()).collect()
}

fn line(tag: &Tag) -> Option<String> {
    let get = |name| tag.get(name).unwrap_or_default();
    let text = tag.text.trim();
    let line = match tag.name.as_str() {
        "h1" | "h2" | "h3" => format!("{} {text}", tag.name),
        "main" => "main".to_owned(),
        "nav" => format!("nav {}", get("aria-label")),
        "section" | "div" if !get("aria-label").is_empty() => format!("region {}", get("aria-label")),
        "div" if tag.get("data-live").is_some() => format!("live {}", get("id")),
        "table" => format!("table {}", get("aria-label")),
        "th" if get("scope") == "col" => format!("  column {text}"),
        "svg" if get("role") == "img" => "chart".to_owned(),
        "title" => format!("  title {text}"),
        "form" => format!("form {} {}", get("method"), get("action")),
        "input" | "select" | "textarea" => format!("  {}", field(tag)),
        "button" if get("type") == "submit" => {
            format!("  button {}", if text.is_empty() { get("aria-label") } else { text })
        }
        _ => return None,
    };
    Some(line.trim_end().to_owned() + "\n")
}

fn field(tag: &Tag) -> String {
    let get = |name| tag.get(name).unwrap_or_default();
    let kind = if tag.name == "input" { get("type") } else { &tag.name };
    let need = if tag.get("required").is_some() { " required" } else { "" };
    let value = if kind == "hidden" && get("name") != "csrf" {
        format!(" = {}", get("value"))
    } else {
        String::new()
    };
    format!("{kind} {}{need}{value}", get("name"))
}
