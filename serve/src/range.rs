//! The part of a file that a request asks for.

/// What a `Range` header comes to for a file of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it: nothing is asked for, or nothing that one part can answer.
    All,
    /// From a byte, so many.
    Part {
        /// The first byte.
        from: u64,
        /// How many.
        length: u64,
    },
    /// Nothing that the file has.
    Beyond,
}

/// What is asked for. Several parts, and what cannot be read, count as nothing asked.
#[must_use]
pub(crate) fn asked(header: &str, size: u64) -> Asked {
    let Some(range) = one(header) else { return Asked::All };
    match range {
        (Some(from), _) if from >= size => Asked::Beyond,
        (Some(from), last) => {
            let last = last.unwrap_or(u64::MAX).min(size - 1);
            Asked::Part { from, length: last - from + 1 }
        }
        (None, Some(0)) => Asked::Beyond,
        (None, _) if size == 0 => Asked::Beyond,
        (None, Some(end)) => {
            let length = end.min(size);
            Asked::Part { from: size - length, length }
        }
        (None, None) => Asked::All,
    }
}

/// The two numbers of a single range.
fn one(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, range) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (from, last) = range.trim().split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        // A number that no file has bytes for stands for the largest.
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(Some(text.parse().unwrap_or(u64::MAX))),
        _ => None,
    };
    match (number(from)?, number(last)?) {
        (None, None) => None,
        (Some(from), Some(last)) if last < from => None,
        numbers => Some(numbers),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_part_is_asked_for_or_all() {
        let part = |from, length| Asked::Part { from, length };
        for (header, asked_for) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 3)),
            ("bytes=2-", part(2, 8)),
            ("bytes=9-99", part(9, 1)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-99", part(0, 10)),
            ("Bytes = 1 - 2 ", part(1, 2)),
            ("bytes=0-99999999999999999999", part(0, 10)),
            ("bytes=10-", Asked::Beyond),
            ("bytes=99999999999999999999-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=0-1,3-4", Asked::All),
            ("bytes=4-2", Asked::All),
            ("bytes=-", Asked::All),
            ("bytes=a-b", Asked::All),
            ("bytes=+1-2", Asked::All),
            ("items=0-1", Asked::All),
            ("bytes", Asked::All),
            ("", Asked::All),
        ] {
            assert_eq!(asked(header, 10), asked_for, "{header}");
        }
        assert_eq!(asked("bytes=0-", 0), Asked::Beyond);
        assert_eq!(asked("bytes=-1", 0), Asked::Beyond);
    }

    proptest! {
        #[test]
        fn a_part_is_inside_of_its_file(header in "(bytes)?=?[0-9,\\- ]{0,24}", size in any::<u64>()) {
            if let Asked::Part { from, length } = asked(&header, size) {
                prop_assert!(length > 0);
                prop_assert!(from.checked_add(length).is_some_and(|end| end <= size));
            }
        }

        #[test]
        fn any_text_is_read(header in ".{0,60}", size in any::<u64>()) {
            let _ = asked(&header, size);
        }
    }
}
