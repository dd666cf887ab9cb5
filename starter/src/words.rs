//! The words that the program is given: commands, each after the number of its words, and the service after `--`.

use std::ffi::OsString;

/// Commands, and the service.
pub(crate) type Read<'w> = (Vec<&'w [OsString]>, &'w [OsString]);

/// Takes them apart; `None` when they are not what they should be.
pub(crate) fn read(words: &[OsString]) -> Option<Read<'_>> {
    let (mut steps, mut rest) = (vec![], words);
    loop {
        let (first, after) = rest.split_first()?;
        if first == "--" {
            return (!after.is_empty()).then_some((steps, after));
        }
        let count = first.to_str()?.parse().ok().filter(|count| (1..=after.len()).contains(count))?;
        let (step, after) = after.split_at(count);
        steps.push(step);
        rest = after;
    }
}

/// A command as a line for a person.
pub(crate) fn shown(words: &[OsString]) -> String {
    words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_whatever_they_are() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let given = words("3 migrate -- 2 1 x -- serve -- 8000");
        let (steps, service) = read(&given).unwrap();
        assert_eq!(steps.iter().map(|s| shown(s)).collect::<Vec<_>>(), ["migrate -- 2", "x"]);
        assert_eq!(shown(service), "serve -- 8000");
        for wrong in ["", "--", "serve", "0 -- serve", "2 x", "3 x -- serve", "1 x serve", "-1 x -- serve"] {
            assert!(read(&words(wrong)).is_none(), "{wrong}");
        }
    }
}
