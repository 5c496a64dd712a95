//! A network's colour, and the shades of it that can be read: contrast as WCAG 2.2 counts it. Takes hexadecimal colours
//! only, since what a plugin says goes into a style attribute.

use serde::Serialize;

/// Least contrast of text, with some room for the tinted grounds it stands on.
const READABLE: f64 = 5.2;
/// The same on dark cards, where thin strokes need more.
const READABLE_DARK: f64 = 7.0;
const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];
/// The ground of cards in dark mode: `--card` in page.css.
const DARK: [u8; 3] = [0x1c, 0x20, 0x26];
/// For what is no colour.
const GREY: [u8; 3] = [0x66; 3];

/// One colour in its uses, as CSS.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Colours {
    /// As the network has it, or a little darker, for areas.
    net: String,
    /// For text on it.
    on: String,
    /// For text on light cards.
    light: String,
    /// For text on dark cards.
    dark: String,
}

impl Colours {
    /// From `#rgb` or `#rrggbb`; anything else is grey.
    pub(super) fn of(css: &str) -> Self {
        let net = parse(css).unwrap_or(GREY);
        // Networks set white on their colour: a shade darker keeps that look where white can't quite be read.
        let (ground, on) = match contrast(net, WHITE) {
            known if known >= 2.5 => (toward(net, BLACK, WHITE, 4.5), WHITE),
            _ => (net, BLACK),
        };
        Self {
            net: write(ground),
            on: write(on),
            light: write(toward(net, BLACK, WHITE, READABLE)),
            dark: write(toward(net, WHITE, DARK, READABLE_DARK)),
        }
    }
}

fn parse(css: &str) -> Option<[u8; 3]> {
    let hex = css
        .trim()
        .strip_prefix('#')
        .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let full: String = match hex.len() {
        3 => hex.chars().flat_map(|c| [c, c]).collect(),
        6 => hex.into(),
        _ => return None,
    };
    let [_, r, g, b] = u32::from_str_radix(&full, 16).ok()?.to_be_bytes();
    Some([r, g, b])
}

fn write([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The first shade between `from` and `to` that can be read on `ground`.
fn toward(from: [u8; 3], to: [u8; 3], ground: [u8; 3], least: f64) -> [u8; 3] {
    let shade = |step: u16| {
        let mix = |a: u8, b: u8| ((u16::from(a) * (20 - step) + u16::from(b) * step) / 20) as u8;
        [
            mix(from[0], to[0]),
            mix(from[1], to[1]),
            mix(from[2], to[2]),
        ]
    };
    (0..=20)
        .map(shade)
        .find(|shade| contrast(*shade, ground) >= least)
        .unwrap_or(to)
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [r, g, b] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shade_can_be_read_and_nothing_else_gets_into_a_style() {
        for css in [
            "#0f1419", "#1185fe", "#e60023", "#fc0", "#ffffff", "#000000", "red;}", "#12345",
            "#gggggg",
        ] {
            let colours = Colours::of(css);
            let [net, on, light, dark] = [&colours.net, &colours.on, &colours.light, &colours.dark]
                .map(|c| parse(c).unwrap_or_default());
            assert!(contrast(net, on) >= 4.5, "{css}: {colours:?}");
            assert!(contrast(light, WHITE) >= 4.5, "{css}: {colours:?}");
            assert!(contrast(dark, DARK) >= 4.5, "{css}: {colours:?}");
        }
        assert_eq!(Colours::of("red;}"), Colours::of("#666"));
    }
}
