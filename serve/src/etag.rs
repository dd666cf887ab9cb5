//! Validators: whether what a client has already is what it would get.

/// Whether a list of validators, as `If-None-Match` has one, holds this one. It is compared weakly, as that header asks for.
#[must_use]
pub(crate) fn listed(header: &str, etag: &str) -> bool {
    header.trim() == "*" || tags(header).any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// Whether `If-Range` still means the file with this validator. A date never does: files have none that says anything.
#[must_use]
pub(crate) fn still(header: &str, etag: &str) -> bool {
    header.trim() == etag
}

/// The validators of a list; a comma inside of quotes is part of one.
fn tags(header: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    header
        .split(move |c| {
            inside ^= c == '"';
            c == ',' && !inside
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_validator_is_found_in_a_list() {
        for (header, found) in [
            (r#""a-br""#, true),
            (r#"W/"a-br""#, true),
            (r#""x", "a-br""#, true),
            (r#""x" ,W/"a-br" "#, true),
            ("*", true),
            (r#""a""#, false),
            (r#""x,"a-br"""#, false),
            ("a-br", false),
            ("", false),
            (r#"""#, false),
        ] {
            assert_eq!(listed(header, r#""a-br""#), found, "{header}");
        }
        assert!(still(r#" "a" "#, r#""a""#));
        assert!(!still(r#"W/"a""#, r#""a""#));
        assert!(!still("Tue, 01 Jan 1980 00:00:00 GMT", r#""a""#));
    }

    proptest! {
        #[test]
        fn a_validator_among_others_is_found(before in "(\"[a-z,]{0,6}\", ?){0,4}", after in "(, ?W/\"[a-z,]{0,6}\"){0,4}") {
            let header = format!("{before}\"0123\"{after}");
            prop_assert!(listed(&header, "\"0123\""));
        }

        #[test]
        fn any_text_is_read(header in ".{0,60}") {
            prop_assert!(!listed(&header, "\"not in there, since it is longer than what is made up for this test, by far\"") || header.trim() == "*");
        }
    }
}
