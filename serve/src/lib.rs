//! The server of a static site, in parts that are functions of values but for its two ends: `server` has the sockets, `body` the
//! files. What there is to serve stands in a table that was made when the image was built ([`table`]), so that no request ever names
//! a file: it names a row of the table.

#[cfg(feature = "server")]
mod answer;
#[cfg(feature = "server")]
mod body;
#[cfg(feature = "server")]
mod env;
#[cfg(feature = "server")]
mod etag;
#[cfg(feature = "server")]
mod negotiate;
#[cfg(feature = "server")]
mod path;
#[cfg(feature = "server")]
mod patience;
#[cfg(feature = "server")]
mod range;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod site;
pub mod table;
