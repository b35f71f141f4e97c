//! Markdown as HTML. Raw HTML in it is shown as text, links lead to the web or to nowhere, and pictures are their words.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// `markdown`, whose headings of level 2 get the level `level`.
pub fn render(markdown: &str, level: u8) -> Markup {
    let options = Options::ENABLE_TABLES;
    // For each link that is open, whether it leads somewhere.
    let mut links = Vec::new();
    let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Heading { level: old, .. }) => Some(Event::Start(Tag::Heading {
            level: moved(old, level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(old)) => Some(Event::End(TagEnd::Heading(moved(old, level)))),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            links.push(leads_somewhere(dest_url));
            links.last().copied().unwrap_or_default().then_some(event)
        }
        Event::End(TagEnd::Link) => links.pop().unwrap_or_default().then_some(event),
        event => Some(event),
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    // The frame of a table scrolls; its headings head columns.
    let html = html
        .replace(
            "<table>",
            "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>",
        )
        .replace("</table>", "</table></div>")
        .replace("<th>", "<th scope=\"col\">");
    PreEscaped(html)
}

/// Addresses on the web. Others mean nothing in a page that may lie anywhere, or are programs.
fn leads_somewhere(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn moved(old: HeadingLevel, level: u8) -> HeadingLevel {
    let moved = (old as usize + usize::from(level)).saturating_sub(2);
    HeadingLevel::try_from(moved.clamp(2, 6)).unwrap_or(HeadingLevel::H6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &str) -> String {
        render(markdown, 4).into_string()
    }

    #[test]
    fn markup_is_rendered() {
        assert_eq!(html("a *b* `c`"), "<p>a <em>b</em> <code>c</code></p>\n");
        assert_eq!(html("## a\n\n### b"), "<h4>a</h4>\n<h5>b</h5>\n");
        let table = html("| a |\n| --- |\n| 1 |");
        assert!(table.contains("<th scope=\"col\">a</th>"), "{table}");
    }

    #[test]
    fn what_could_do_harm_is_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<style>\n* { display: none }\n</style>",
            "`</code><script>`",
            "| <script> |\n| --- |\n| <b onclick=x> |",
        ] {
            let html = html(hostile);
            for tag in ["<script", "<img", "<style", "<b "] {
                assert!(!html.contains(tag), "{html}");
            }
            assert!(html.contains("&lt;"), "{html}");
        }
        assert_eq!(html("[a](javascript:alert(1))"), "<p>a</p>\n");
        assert_eq!(html("[a](../b.md) ![c](d.png)"), "<p>a c</p>\n");
        let link = "<p><a href=\"https://example.org\">a</a></p>\n";
        assert_eq!(html("[a](https://example.org)"), link);
        // An attribute cannot be left.
        let left = html("[a](<https://e.org/\" onclick=\"x>)");
        assert!(!left.contains("onclick=\"x"), "{left}");
    }
}
