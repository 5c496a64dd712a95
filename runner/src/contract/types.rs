//! The contract's words as Rust types: the twin of `plugins/wit/types.wit`, with JSON forms that use the contract's own
//! names. wasmtime compares every shape with the component's when it links, so a difference is an error at once.

// Fields whose names say all carry no words here; the contract documents each.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
pub type Instant = i64;

/// JSON as text. Used only for what belongs to one plugin (its configuration, its extra fields); what every
/// plugin understands is typed.
pub type Json = String;

/// The name of stored bytes: `sha256:` and 64 lower-case hex digits. It opens nothing by itself: a plugin can
/// open a blob only if the host handed it that name in this call's input, or if it made the blob itself.
pub type BlobId = String;

/// Where a post comes from. Together with the account it decides whether something was posted before.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// The feed's or folder's stable name, usually its URL.
    pub source: String,
    /// The item's own identity inside the source: a guid, an Atom id, a path. Never empty.
    pub item: String,
    /// Where people read the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the source says it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Instant>,
    /// When the source says it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Instant>,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum MediaKind {
    #[component(name = "image")]
    Image,
    #[component(name = "animation")]
    Animation,
    #[component(name = "video")]
    Video,
    #[component(name = "audio")]
    Audio,
    #[component(name = "document")]
    Document,
}

/// The point that a crop must keep, as shares of width and height: 0.0 is left or top, 1.0 right or bottom.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Focus {
    pub x: f32,
    pub y: f32,
}

/// A picture, video or other file. The bytes stay with the host; `blob` names them, `url` is where they came from.
/// At least one of the two is set.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Media {
    pub kind: MediaKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<BlobId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// An IANA media type such as `image/jpeg`; empty when unknown.
    #[component(name = "media-type")]
    pub media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[component(name = "duration-ms")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What a person who cannot see it should be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Focus>,
}

/// What a network shows for a link: Bluesky's external card, an article card.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Card {
    pub url: String,
    pub title: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Media>,
}

/// A person or organisation named in the text, as one network knows them.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Mention {
    /// The words in the text that stand for them, such as `@anna`.
    pub label: String,
    /// The network of this handle.
    pub network: String,
    pub handle: String,
    /// The network's own identifier where the handle is not enough (a DID, a URN), looked up beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// One part of a thread.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Segment {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
}

/// A person's own words for one network or account. The host applies it after every rule.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Override {
    /// A network's or an account's name.
    pub target: String,
    /// A field of `post`: `text`, `title`, `link`, `tags`, `media`, or a field of that network such as `board`.
    pub field: String,
    pub value: Json,
    /// Where it was written, for messages: a file and a line.
    pub place: String,
}

/// The canonical content. A rule makes variants of it; it never changes by itself.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Post {
    /// Unique within its source, and the same at every fetch.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Plain text, URLs in full, paragraphs parted by one empty line.
    pub text: String,
    /// A shorter text that the author wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The content as HTML, where the source has it: for blogs and newsletters. Not sanitised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The page that the post is about. Not part of `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// Set when a rule split the text into several posts; then `text` keeps the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thread: Vec<Segment>,
    /// Without `#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// A BCP 47 tag such as `it`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    pub origin: Origin,
    /// The network's id of the post that this one answers.
    #[component(name = "reply-to")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// A JSON object: the source's other fields, kept but not interpreted. `{}` when there are none.
    pub extra: Json,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum ChangeKind {
    #[component(name = "shortened")]
    Shortened,
    #[component(name = "removed")]
    Removed,
    #[component(name = "added")]
    Added,
    #[component(name = "replaced")]
    Replaced,
    #[component(name = "moved")]
    Moved,
    #[component(name = "split")]
    Split,
    #[component(name = "converted")]
    Converted,
}

/// One thing that a rule did to a post, so that a person can see it and judge it.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// The rule, as `plugin/operation`. The host fills it in.
    pub rule: String,
    /// The field of `post`.
    pub field: String,
    pub kind: ChangeKind,
    /// What was there, shortened for display; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Why, in words a manager understands.
    pub reason: String,
}

/// A post as one account will get it.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Variant {
    pub account: String,
    pub network: String,
    pub post: Post,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What does not stop it but should be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Violation>,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Severity {
    /// The network or a rule refuses it: it is not sent.
    #[component(name = "refuse")]
    Refuse,
    /// It goes out, and a person is told.
    #[component(name = "warn")]
    Warn,
}

/// A reason why something can't or shouldn't go out.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Violation {
    /// A short stable word such as `too-long` or `alt-missing`.
    pub code: String,
    /// The field of `post` or of the part, such as `text` or `media[2].alt`.
    pub field: String,
    pub message: String,
    pub severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The unit of `actual` and `limit`, such as `graphemes`; empty without them.
    pub unit: String,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum SpanKind {
    #[component(name = "link")]
    Link,
    #[component(name = "mention")]
    Mention,
    #[component(name = "tag")]
    Tag,
}

/// A stretch of a text that the network makes clickable.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Span {
    /// Byte offset in the UTF-8 text.
    pub start: u32,
    /// Byte offset, exclusive.
    pub end: u32,
    pub kind: SpanKind,
    /// The URL, the handle or the tag without `#`.
    pub target: String,
}

/// How long one field is, as its network counts.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Length {
    pub field: String,
    pub length: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    pub unit: String,
}

/// A further field that the network has, such as `title`, `board` or `subject`.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Field {
    pub name: String,
    pub value: String,
}

/// One post on the network: the exact bytes that will be sent and what a preview needs to draw them.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Part {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<Length>,
    /// The body that will be sent, without what only the sending itself can know; the plugin's page says what
    /// that is (an upload's id, the time of sending).
    pub payload: String,
    #[component(name = "payload-type")]
    pub payload_type: String,
}

/// What will be sent: one part, or several for a thread, in order.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Composed {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What `compose` itself had to do or to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct PartReceipt {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The proof of a publication.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Receipt {
    pub account: String,
    pub network: String,
    /// The network's id of the (first) post.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub at: Instant,
    /// All parts of a thread in order; empty when there is one part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReceipt>,
    /// A JSON object: what the plugin needs to find, measure or remove it later.
    pub extra: Json,
}

/// Somebody, as an interaction names them.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Actor {
    pub network: String,
    /// The network's lasting identifier, not the handle where the two differ.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a network says of somebody, at one time. Absent is "not told", never 0.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Profile {
    pub actor: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub following: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Instant>,
    /// What the network or a link proves, such as `https://anna.example (rel=me)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verified: Vec<String>,
    pub fetched: Instant,
    pub extra: Json,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum InteractionKind {
    #[component(name = "comment")]
    Comment,
    #[component(name = "reply")]
    Reply,
    #[component(name = "mention")]
    Mention,
    #[component(name = "like")]
    Like,
    #[component(name = "repost")]
    Repost,
    #[component(name = "quote")]
    Quote,
    #[component(name = "follow")]
    Follow,
    #[component(name = "message")]
    Message,
    #[component(name = "open")]
    Open,
    #[component(name = "click")]
    Click,
    #[component(name = "visit")]
    Visit,
    #[component(name = "conversion")]
    Conversion,
    #[component(name = "other")]
    Other,
}

/// Somebody did something with a post or an account.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Interaction {
    pub account: String,
    /// Unique on that network: the same one fetched twice is one.
    pub id: String,
    pub kind: InteractionKind,
    pub actor: Actor,
    /// The network's id of the post it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub at: Instant,
    /// For conversions: the amount and an ISO 4217 currency in `extra`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The stored raw answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<BlobId>,
    pub extra: Json,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum SubjectKind {
    #[component(name = "post")]
    Post,
    #[component(name = "account")]
    Account,
    #[component(name = "campaign")]
    Campaign,
    #[component(name = "person")]
    Person,
    #[component(name = "run")]
    Run,
}

/// What a figure is about.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// From `start` (inclusive) to `end` (exclusive), cut by the days of `time-zone` (an IANA name).
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Period {
    pub start: Instant,
    pub end: Instant,
    #[component(name = "time-zone")]
    pub time_zone: String,
}

/// A figure, or the reason why there is none. Unavailable is never 0.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    #[component(name = "number")]
    Number(f64),
    #[component(name = "unavailable")]
    Unavailable(String),
}

/// Where a figure comes from, from the surest to the least sure. A derived figure is as sure as its worst input.
#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Class {
    #[component(name = "supplied")]
    Supplied,
    #[component(name = "counted")]
    Counted,
    #[component(name = "derived")]
    Derived,
    #[component(name = "estimated")]
    Estimated,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Traffic {
    #[component(name = "organic")]
    Organic,
    #[component(name = "paid")]
    Paid,
    #[component(name = "both")]
    Both,
    #[component(name = "unknown")]
    Unknown,
}

/// A figure with its provenance.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Measurement {
    /// What was measured, with the denominator in the name of a rate: `er-by-followers`.
    pub what: String,
    /// The version of that definition. Another version is another series.
    pub definition: String,
    pub about: Subject,
    /// Absent means over the lifetime up to `fetched`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    pub value: Figure,
    /// `count`, `ratio`, `seconds`, an ISO 4217 currency.
    pub unit: String,
    pub class: Class,
    /// The endpoint and API version it was read from, or the name of the definition it was computed by.
    pub source: String,
    pub fetched: Instant,
    pub traffic: Traffic,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<BlobId>,
    /// What a reader must know to trust it, the worst input among it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    #[component(name = "empty")]
    Empty,
    #[component(name = "text")]
    Text(String),
    #[component(name = "number")]
    Number(f64),
    #[component(name = "instant")]
    Instant(Instant),
    #[component(name = "link")]
    Link((String, String)),
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Column {
    pub name: String,
    pub unit: String,
}

/// A result for people: rows under named columns.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Table {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<Cell>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What flows from step to step.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    #[component(name = "post")]
    Post(Post),
    #[component(name = "adapted")]
    Adapted(Variant),
    #[component(name = "receipt")]
    Receipt(Receipt),
    #[component(name = "interaction")]
    Interaction(Interaction),
    #[component(name = "profile")]
    Profile(Profile),
    #[component(name = "measurement")]
    Measurement(Measurement),
    #[component(name = "table")]
    Table(Table),
    #[component(name = "json")]
    Json(Json),
}

/// One identity on one network, as a plugin may know it. Secrets are not in it.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Account {
    pub name: String,
    pub client: String,
    pub network: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The account's `with`, valid against the plugin's schema.
    pub settings: Json,
    /// What `network.learn` last read from the server, with the project's own corrections; `{}` before.
    pub facts: Json,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// An IANA name.
    #[component(name = "time-zone")]
    pub time_zone: String,
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Denial {
    /// The capability, such as `http`.
    pub capability: String,
    /// What was asked and which line would allow it.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct ConfigError {
    /// A JSON pointer into the configuration.
    pub pointer: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Wait {
    pub until: Instant,
    pub message: String,
}

/// Why a call did not succeed. The host acts on the case, never on the words.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Error {
    /// The configuration is wrong in a way that its schema can't say. Never retried.
    #[component(name = "invalid-config")]
    InvalidConfig(ConfigError),
    /// The content can't go out as it is. Never retried.
    #[component(name = "invalid-content")]
    InvalidContent(Vec<Violation>),
    /// The login is refused, expired or not allowed to do this: a person must act. Posts wait.
    #[component(name = "auth")]
    Auth(String),
    /// Come back later.
    #[component(name = "rate-limited")]
    RateLimited(Wait),
    /// Nothing was changed outside; trying again may help.
    #[component(name = "temporary")]
    Temporary(String),
    /// Nothing was changed outside; trying again will not help.
    #[component(name = "permanent")]
    Permanent(String),
    /// Something may have been changed outside. Only `find` or a person can settle it.
    #[component(name = "in-doubt")]
    InDoubt(String),
    /// The host refused a capability.
    #[component(name = "denied")]
    Denied(Denial),
    /// This plugin does not do that.
    #[component(name = "unsupported")]
    Unsupported(String),
}

/// What came from outside in one call.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Page {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
    /// Where to go on, now (`more`) or at the next run. Opaque to the host, at most 1 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// There is more to fetch at once.
    pub more: bool,
    /// What was odd, for people: "3 entries without a date".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Where a limit comes from.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    /// A document, file or URL.
    pub source: String,
    /// When it was read, as `2026-08`.
    pub date: String,
    /// True when it is from a third party or not verified.
    pub doubtful: bool,
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct FieldLimit {
    /// `text`, `title`, `alt`, `subject`, …
    pub name: String,
    /// A post without it is refused.
    pub required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// As this network counts, such as `weighted characters`.
    pub unit: String,
    pub provenance: Provenance,
}

#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct MediaLimit {
    pub kind: MediaKind,
    /// Accepted media types; empty: not said.
    #[component(name = "media-types")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
    #[component(name = "max-count")]
    pub max_count: u32,
    #[component(name = "max-bytes")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// Width divided by height.
    #[component(name = "min-ratio")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_ratio: Option<f32>,
    #[component(name = "max-ratio")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ratio: Option<f32>,
    /// In pixels.
    #[component(name = "max-width")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_width: Option<u32>,
    #[component(name = "max-height")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_height: Option<u32>,
    #[component(name = "max-duration-ms")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration_ms: Option<u64>,
    pub provenance: Provenance,
}

#[derive(Debug, Clone, Copy, Eq, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum LinkPlace {
    /// Clickable in the text.
    #[component(name = "text")]
    Text,
    /// A field of its own; in the text it is only text.
    #[component(name = "field")]
    Field,
    /// Not clickable anywhere.
    #[component(name = "nowhere")]
    Nowhere,
}

/// What a post on one network may be.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct PostLimits {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldLimit>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<MediaLimit>,
    /// At least so many media; 1 where a post without a picture is impossible.
    #[component(name = "min-media")]
    pub min_media: u32,
    pub links: LinkPlace,
    /// A link may also be shown as a card.
    pub cards: bool,
    #[component(name = "max-tags")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tags: Option<u32>,
    /// Parts that a thread may have; 1 where there are none.
    #[component(name = "max-parts")]
    pub max_parts: u32,
}

/// How long a text is, as its network counts.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower, Serialize, Deserialize)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Measured {
    pub length: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    pub unit: String,
    /// The byte offset in the text up to which it fits: always a boundary between graphemes, and never inside a
    /// URL, mention or tag that this network would make clickable. The text's length where all of it fits.
    pub fits: u32,
}

/// The contract's interface of types imports nothing to call; wasmtime's generated code asks for these all the same.
pub mod linking {
    use wasmtime::component::{HasData, Linker};

    /// Has nothing to do.
    pub trait Host {}
    impl<T: ?Sized> Host for T {}

    /// Has nothing to do.
    pub trait HostWithStore<S>: HasData + Send {}
    impl<S, T: ?Sized + HasData + Send> HostWithStore<S> for T {}

    /// Defines the empty instance.
    ///
    /// # Errors
    /// When the linker has it already.
    pub fn add_to_linker<T: 'static, D: HostWithStore<T>>(
        linker: &mut Linker<T>,
        _get: fn(&mut T) -> D::Data<'_>,
    ) -> wasmtime::Result<()> {
        linker.instance("staffetta:plugin/types@0.1.0").map(drop)
    }
}
pub use linking::{Host, HostWithStore, add_to_linker};
