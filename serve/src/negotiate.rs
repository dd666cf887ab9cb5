//! What a client takes: which packing, and whether it asks for a page.

/// A form that a file is sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Packed with brotli.
    Brotli,
    /// Packed with gzip.
    Gzip,
    /// As it is.
    Identity,
}

/// The best form for a client, by its `Accept-Encoding`: what it likes most, and of those that it likes as much the smallest. One that
/// refuses everything gets the file as it is.
#[must_use]
pub(crate) fn coding(header: Option<&str>) -> Coding {
    let Some(header) = header else { return Coding::Identity };
    let (mut brotli, mut gzip, mut identity, mut any) = (None, None, None, None);
    for (name, quality) in items(header) {
        let place = match name {
            _ if name.eq_ignore_ascii_case("br") => &mut brotli,
            _ if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => &mut gzip,
            _ if name.eq_ignore_ascii_case("identity") => &mut identity,
            "*" => &mut any,
            _ => continue,
        };
        *place = Some(quality);
    }
    let other = any.unwrap_or(0);
    let (brotli, gzip) = (brotli.unwrap_or(other), gzip.unwrap_or(other));
    // What is not named is as good as nothing else, unless `*` says how good.
    let identity = identity.or(any).unwrap_or(0);
    match () {
        () if brotli > 0 && brotli >= gzip && brotli >= identity => Coding::Brotli,
        () if gzip > 0 && gzip >= identity => Coding::Gzip,
        () => Coding::Identity,
    }
}

/// Whether a client goes to a page, by its `Accept` and, where a browser says it, `Sec-Fetch-Dest`: it names HTML among what it takes.
#[must_use]
pub(crate) fn navigates(accept: Option<&str>, destination: Option<&str>) -> bool {
    let page = destination.is_none_or(|what| ["document", "iframe", "frame", "embed", "object"].contains(&what));
    page && accept.is_some_and(|accept| items(accept).any(|(name, quality)| quality > 0 && is_html(name)))
}

/// Whether a client can be told something by a page: it may take HTML, and does not fetch a part of one.
#[must_use]
pub(crate) fn reads_pages(accept: Option<&str>, destination: Option<&str>) -> bool {
    let anything = |name: &str| is_html(name) || name == "*/*" || name.eq_ignore_ascii_case("text/*");
    let page = destination.is_none_or(|what| ["document", "iframe", "frame", "embed", "object", "empty"].contains(&what));
    page && accept.is_none_or(|accept| items(accept).any(|(name, quality)| quality > 0 && anything(name)))
}

fn is_html(name: &str) -> bool {
    name.eq_ignore_ascii_case("text/html") || name.eq_ignore_ascii_case("application/xhtml+xml")
}

/// The names of a list with how much each is liked, in thousandths. What cannot be read is not liked.
fn items(header: &str) -> impl Iterator<Item = (&str, u16)> {
    header.split(',').filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let said = parts.find_map(|part| part.split_once('=').filter(|(key, _)| key.trim().eq_ignore_ascii_case("q")));
        Some((name, said.map_or(1000, |(_, value)| thousandths(value.trim()).unwrap_or(0))))
    })
}

/// A quality such as `0.75`.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(rest),
        "1" => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_best_form_is_what_is_liked_most() {
        use Coding::{Brotli, Gzip, Identity};
        for (header, best) in [
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip, deflate", Gzip),
            ("x-gzip", Gzip),
            ("BR", Brotli),
            ("br;q=0, gzip", Gzip),
            ("br;q=0.0,gzip;q=0", Identity),
            ("br;q=0.5, gzip;q=0.9", Gzip),
            ("br ; Q=1.000 , gzip", Brotli),
            ("*", Brotli),
            ("*;q=0", Identity),
            ("br;q=0, *", Gzip),
            ("identity, br;q=0.1", Identity),
            ("identity;q=0.5, gzip;q=0.5", Gzip),
            ("identity;q=0, *;q=0", Identity),
            ("gzip;q=2", Identity),
            ("gzip;q=abc", Identity),
            ("gzip;q=0.1234", Identity),
            ("", Identity),
            (",;,", Identity),
            ("zstd", Identity),
            ("brotli", Identity),
        ] {
            assert_eq!(coding(Some(header)), best, "{header}");
        }
        assert_eq!(coding(None), Identity);
    }

    #[test]
    fn only_a_browser_that_goes_somewhere_navigates() {
        let browser = Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        assert!(navigates(browser, None));
        assert!(navigates(browser, Some("document")));
        assert!(!navigates(browser, Some("script")));
        assert!(!navigates(Some("*/*"), None));
        assert!(!navigates(Some("text/html;q=0"), None));
        assert!(!navigates(None, None));
        assert!(reads_pages(None, None) && reads_pages(Some("*/*"), None) && !reads_pages(Some("image/avif,*/*"), Some("image")));
        assert!(!reads_pages(Some("application/json"), None));
    }

    proptest! {
        #[test]
        fn what_is_refused_is_not_sent(header in "((br|gzip|identity|\\*|x)(;q=(0|1|0\\.[0-9]{1,3}|x))?,? ?){0,6}") {
            let refuses = |name: &str| items(&header).filter(|(known, _)| *known == name).last().is_some_and(|(_, quality)| quality == 0);
            match coding(Some(&header)) {
                Coding::Brotli => prop_assert!(!refuses("br")),
                Coding::Gzip => prop_assert!(!refuses("gzip")),
                Coding::Identity => {}
            }
        }

        #[test]
        fn any_text_is_read(header in ".{0,60}") {
            let _ = coding(Some(&header));
            let _ = navigates(Some(&header), Some(&header));
        }
    }
}
