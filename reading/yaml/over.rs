//! Tables of keys that are put over others: what the one says wins over what the other said.

use super::values::{At, Table};

/// A value that was said, over what was said before.
pub trait Over: Sized {
    /// The value that holds.
    #[must_use]
    fn over(self, old: Option<Self>) -> Self;
}

impl<T> Over for At<T> {
    fn over(self, _: Option<Self>) -> Self {
        self
    }
}

impl<T> Over for Vec<T> {
    fn over(self, _: Option<Self>) -> Self {
        self
    }
}

/// Entries are added to those of the other table; one of the same name takes its place.
impl<T> Over for Table<At<T>> {
    fn over(self, old: Option<Self>) -> Self {
        let mut table = old.unwrap_or_default();
        for (name, value) in self.0 {
            match table.0.iter_mut().find(|(known, _)| known.value == name.value) {
                Some(entry) => *entry = (name, value),
                None => table.0.push((name, value)),
            }
        }
        table
    }
}

/// Declares keys that are keys of another table too, and how they are put over that one. A field after `..` is a table of its
/// own, which is put over the other's.
#[macro_export]
macro_rules! over {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident over $target:ty as $what:literal {
            $( .. $(#[doc = $table_doc:literal])* $table:ident : $table_type:ty; )*
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty = $key:literal, $example:literal; )*
        }
    ) => {
        $crate::yaml::keys! {
            $(#[doc = $doc])*
            $vis struct $name as $what {
                $( .. $(#[doc = $table_doc])* $table : $table_type; )*
                $( $(#[doc = $field_doc])* $field : $type = $key, $example; )*
            }
        }

        impl $name {
            /// Puts what is said here over what is said there.
            pub fn over(self, other: &mut $target) {
                $( self.$table.over(&mut other.$table); )*
                $( if let Some(new) = self.$field {
                    other.$field = Some($crate::yaml::over::Over::over(new, other.$field.take()));
                } )*
            }
        }
    };
}
pub use over;
