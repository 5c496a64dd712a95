//! The mail around the content: an HTML document of tables and inlined styles, which is what mail clients agree on, and
//! the plain text beside it.

use staffetta_plugin::{Media, MediaKind, Post};

use crate::content::{self, escape};
use crate::settings::Settings;

/// What stands in the address of the link to leave the list until the mail is sent.
pub(crate) const UNSUBSCRIBE: &str = "{unsubscribe}";

/// What the mail is made of beside the post.
pub(crate) struct Frame<'a> {
    pub settings: &'a Settings,
    pub subject: &'a str,
    pub preheader: &'a str,
    /// A BCP 47 tag.
    pub language: &'a str,
}

/// The HTML part.
pub(crate) fn html(frame: &Frame<'_>, post: &Post) -> String {
    let Frame {
        settings,
        subject,
        preheader,
        language,
    } = frame;
    let colour = escape(&settings.colour);
    let (language, subject) = (escape(language), escape(subject));
    let direction = if is_rtl(&language) { "rtl" } else { "ltr" };
    let content = content::html(post, &colour);
    let pictures: String = pictures(post)
        .map(|(index, media)| picture(index, media))
        .collect();
    let button = link(post)
        .map(|link| button(link, &settings.read_more, &colour))
        .unwrap_or_default();
    let footer = match settings.footer.trim() {
        "" => String::new(),
        footer => format!("{}<br>\n", escape(footer).replace('\n', "<br>\n")),
    };
    let (preheader, unsubscribe) = (escape(preheader), escape(&settings.unsubscribe));
    format!(
        r#"<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{subject}</title>
</head>
<body style="margin:0;padding:0;background:#f4f4f4">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{preheader}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f4f4f4"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;background:#ffffff">
<tr><td style="padding:32px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#222222">
<h1 style="margin:0 0 20px 0;font-size:26px;line-height:1.25">{subject}</h1>
{pictures}{content}{button}</td></tr>
<tr><td style="padding:20px 32px;border-top:1px solid #dddddd;font-family:Arial,Helvetica,sans-serif;font-size:13px;line-height:1.5;color:#666666">
{footer}<a href="{UNSUBSCRIBE}" style="color:#666666">{unsubscribe}</a>
</td></tr>
</table>
</td></tr></table>
</body>
</html>
"#
    )
}

fn is_rtl(language: &str) -> bool {
    matches!(
        language.split('-').next(),
        Some("ar" | "he" | "fa" | "ur" | "yi" | "ps" | "sd" | "ug" | "dv")
    )
}

fn link(post: &Post) -> Option<&str> {
    let link = post.link.as_deref().map(str::trim);
    link.filter(|link| link.starts_with("https://") || link.starts_with("http://"))
}

/// The pictures that the post's own HTML does not show already.
fn pictures(post: &Post) -> impl Iterator<Item = (usize, &Media)> {
    let html = post.html.as_deref().unwrap_or_default();
    post.media.iter().enumerate().filter(move |(_, media)| {
        let shown = media.url.as_deref().is_some_and(|url| html.contains(url));
        matches!(media.kind, MediaKind::Image | MediaKind::Animation) && !shown
    })
}

fn picture(index: usize, media: &Media) -> String {
    let web = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
    let source = match media.url.as_deref().filter(web) {
        Some(url) if media.blob.is_none() => escape(url),
        // Bytes get their address when the mail service takes them.
        _ => format!("{{media:{index}}}"),
    };
    let alt = escape(media.alt.as_deref().unwrap_or_default());
    format!(
        "<p style=\"margin:0 0 20px 0\"><img src=\"{source}\" alt=\"{alt}\" width=\"536\" \
         style=\"display:block;width:100%;max-width:536px;height:auto;border:0\"></p>\n"
    )
}

fn button(link: &str, words: &str, colour: &str) -> String {
    format!(
        "<p style=\"margin:24px 0 0 0\"><a href=\"{}\" style=\"display:inline-block;padding:12px 24px;background:{colour};\
         color:#ffffff;text-decoration:none;font-weight:bold\">{}</a></p>\n",
        escape(link),
        escape(words)
    )
}

/// The text part.
pub(crate) fn text(frame: &Frame<'_>, post: &Post) -> String {
    let mut body = post.text.trim();
    if body.is_empty() {
        body = post.summary.as_deref().unwrap_or_default().trim();
    }
    let mut parts = vec![frame.subject.to_string(), body.to_string()];
    parts.extend(link(post).map(|link| format!("{}: {link}", frame.settings.read_more)));
    let leave = format!("{}: {UNSUBSCRIBE}", frame.settings.unsubscribe);
    let footer = [frame.settings.footer.trim(), &leave].join("\n");
    // The sign that mail clients know for what is not the mail itself.
    parts.push(format!("-- \n{}", footer.trim()));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}
