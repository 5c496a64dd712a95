//! The page that a person looks at: each text with a button that copies it, the fields, the pictures, a checklist. One
//! file without anything from elsewhere; everything that came from outside is escaped.

use std::fmt::Write;

use staffetta_plugin::exports::publisher::Effect;
use staffetta_plugin::{Account, Composed, MediaKind, Part};

use crate::bundle::Named;
use crate::place;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}\
textarea{width:100%;box-sizing:border-box;font:inherit;padding:.6rem}\
button{font:inherit;padding:.3rem .9rem;margin:.3rem 0 1rem}\
figure{margin:1rem 0}img,video{max-width:100%;max-height:24rem;border:1px solid #ccc}\
figcaption,.small{color:#555;font-size:.9rem}section{border-top:1px solid #ccc;padding-top:1rem}li{list-style:none}";

const SCRIPT: &str = "for(const b of document.querySelectorAll('button')){b.addEventListener('click',()=>{\
const t=document.getElementById(b.dataset.for);t.focus();t.select();\
const said=()=>{b.textContent='Copied'};\
if(navigator.clipboard){navigator.clipboard.writeText(t.value).then(said,()=>{document.execCommand('copy');said()})}\
else{document.execCommand('copy');said()}})}";

/// A text as HTML shows it.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Nothing invisible but line breaks may stand in a text that is copied.
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

/// The whole page. `media` are the parts' media with their file names.
#[must_use]
pub fn page(
    account: &Account,
    effect: &Effect,
    composed: &Composed,
    media: &[Vec<Named<'_>>],
) -> String {
    let who = match &account.handle {
        Some(handle) => format!("{} ({handle}) on {}", account.name, account.network),
        None => format!("{} on {}", account.name, account.network),
    };
    let mut body = String::new();
    let many = composed.parts.len() > 1;
    for (index, (part, media)) in composed.parts.iter().zip(media).enumerate() {
        body.push_str("<section>");
        if many {
            let _ = write!(
                body,
                "<h2>Post {} of {}</h2>",
                index + 1,
                composed.parts.len()
            );
        }
        body.push_str(&one(index, part, media));
        body.push_str("</section>\n");
    }
    let notes: String = composed
        .notes
        .iter()
        .map(|note| format!("<li>{}</li>", escape(note)))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file:; \
         media-src 'self' file:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style></head><body>\n\
         <h1>To post by hand</h1>\n<p>{who}<br><span class=\"small\">{when}, {key}</span></p>\n\
         {body}<section><h2>Then</h2><ul>\n\
         <li><label><input type=\"checkbox\"> Posted{each}</label></li>\n{alt}\
         <li><label><input type=\"checkbox\"> Link of the post told with <code>staffetta handoff done {mark} --link URL\
         </code></label></li>\n</ul>\n<ul>{notes}</ul></section>\n<script>{SCRIPT}</script></body></html>\n",
        title = escape(&place::heading(composed)),
        who = escape(&who),
        when = place::minute(effect.intended),
        key = escape(place::mark(&effect.key)),
        mark = escape(place::mark(&effect.key)),
        each = if many {
            ", each as an answer to the one before"
        } else {
            ""
        },
        alt = if media.iter().flatten().any(|n| n.media.alt.is_some()) {
            "<li><label><input type=\"checkbox\"> Descriptions of the pictures filled in</label></li>\n"
        } else {
            ""
        },
    )
}

fn one(index: usize, part: &Part, media: &[Named<'_>]) -> String {
    let mut out = String::new();
    let mut copied = |name: &str, id: String, value: &str, rows: usize| {
        let _ = write!(
            out,
            "<label for=\"{id}\">{}</label><textarea id=\"{id}\" readonly rows=\"{rows}\">\n{}</textarea>\
             <button type=\"button\" data-for=\"{id}\">Copy</button>\n",
            escape(name),
            escape(value)
        );
    };
    for (at, field) in part.fields.iter().enumerate() {
        copied(&field.name, format!("f{index}-{at}"), &field.value, 1);
    }
    let rows = part
        .text
        .lines()
        .map(|line| 1 + line.len() / 70)
        .sum::<usize>()
        .clamp(2, 24);
    copied("text", format!("t{index}"), &part.text, rows);
    if let Some(card) = &part.card {
        copied("link of the card", format!("c{index}"), &card.url, 1);
    }
    for (at, named) in media.iter().enumerate() {
        out.push_str(&figure(&format!("a{index}-{at}"), named));
    }
    out
}

fn figure(id: &str, named: &Named<'_>) -> String {
    let alt = escape(named.media.alt.as_deref().unwrap_or_default());
    let shown = match (&named.name, named.media.kind) {
        (Some(name), MediaKind::Image | MediaKind::Animation) => {
            format!(
                "<img src=\"{0}\" alt=\"{alt}\"><figcaption>{0}</figcaption>",
                escape(name)
            )
        }
        (Some(name), MediaKind::Video) => {
            format!(
                "<video src=\"{0}\" controls></video><figcaption>{0}</figcaption>",
                escape(name)
            )
        }
        (Some(name), _) => format!("<a href=\"{0}\">{0}</a>", escape(name)),
        (None, _) => {
            let url = escape(named.media.url.as_deref().unwrap_or_default());
            format!("<figcaption>To be fetched from {url}</figcaption>")
        }
    };
    let described = if alt.is_empty() {
        String::new()
    } else {
        format!(
            "<label for=\"{id}\">description</label><textarea id=\"{id}\" readonly rows=\"2\">\n{alt}</textarea>\
             <button type=\"button\" data-for=\"{id}\">Copy</button>"
        )
    };
    format!("<figure>{shown}{described}</figure>\n")
}
