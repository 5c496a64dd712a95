//! A preview as one self-contained page: what a manager shows a client before anything goes out. The page loads nothing
//! from anywhere, runs only its own few lines of script, and can be read without them.
//!
//! Nothing is laid out a second time: the page draws what the network's plugin composed, and lists the very bytes
//! beside the drawing. All that came from outside is escaped by the template engine.

mod page;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, State, UndefinedBehavior};
use sha2::{Digest, Sha256};

use super::Preview;
use crate::host::BlobStore;

/// Templates, by the name that `draw` knows them by.
const TEMPLATES: [(&str, &str); 17] = [
    ("page.html", include_str!("html/page/page.html")),
    ("post.html", include_str!("html/page/post.html")),
    ("source.html", include_str!("html/page/source.html")),
    ("variant.html", include_str!("html/page/variant.html")),
    ("text.html", include_str!("html/page/text.html")),
    ("pictures.html", include_str!("html/page/pictures.html")),
    ("alts.html", include_str!("html/page/alts.html")),
    ("card.html", include_str!("html/page/card.html")),
    ("microblog.html", include_str!("html/page/microblog.html")),
    ("pin.html", include_str!("html/page/pin.html")),
    ("photo.html", include_str!("html/page/photo.html")),
    (
        "professional.html",
        include_str!("html/page/professional.html"),
    ),
    ("email.html", include_str!("html/page/email.html")),
    ("article.html", include_str!("html/page/article.html")),
    ("chat.html", include_str!("html/page/chat.html")),
    ("video.html", include_str!("html/page/video.html")),
    ("folder.html", include_str!("html/page/folder.html")),
];
const STYLE: &str = include_str!("html/page/page.css");
const SCRIPT: &str = include_str!("html/page/page.js");

/// Why no page could be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A stored picture can't be read.
    #[error(transparent)]
    Blob(#[from] crate::host::BlobError),
    /// The template is at fault.
    #[error(transparent)]
    Template(#[from] minijinja::Error),
}

/// The page, as HTML.
///
/// A picture that is not stored, or too large, is a labelled box.
///
/// # Errors
/// When the disk does not give a stored picture, or a template is at fault.
pub fn page(preview: &Preview, blobs: &BlobStore) -> Result<String, PageError> {
    let mut album = page::Album::of(blobs);
    let view = page::view(preview, &mut album)?;
    let pictures = album.rules();
    let mut styles = vec![hash(STYLE), hash(&pictures)];
    styles.extend(view.mail_styles().map(hash));
    let context = minijinja::context! {
        policy => policy(&styles),
        // Both are written here or made of base64 alone, and a hash covers each: they must stay as they are.
        style => Value::from_safe_string(STYLE.into()),
        pictures => Value::from_safe_string(pictures),
        script => Value::from_safe_string(SCRIPT.into()),
        view => Value::from(Serde(&view)),
    };
    Ok(engine()?.get_template("page.html")?.render(context)?)
}

/// What the page may do: nothing from the network, its own style and script, pictures that are in it. Style attributes
/// are allowed because mails are made of them; a mail is framed without scripts and inherits all of this.
fn policy(styles: &[String]) -> String {
    format!(
        "default-src 'none'; img-src data:; style-src-elem {}; style-src-attr 'unsafe-inline'; script-src {}; \
         base-uri 'none'; form-action 'none'",
        styles.join(" "),
        hash(SCRIPT)
    )
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn engine() -> Result<Environment<'static>, minijinja::Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    for (name, text) in TEMPLATES {
        engine.add_template(name, text)?;
    }
    engine.add_function("draw", draw);
    Ok(engine)
}

/// A template inside a template, with a context of its own.
fn draw(state: &State<'_, '_>, name: &str, context: Value) -> Result<Value, minijinja::Error> {
    let drawn = state
        .env()
        .get_template(&format!("{name}.html"))?
        .render(context)?;
    Ok(Value::from_safe_string(drawn))
}
