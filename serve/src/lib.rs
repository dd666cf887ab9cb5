//! The server of a static site, in parts that are functions of values but for its two ends: `server` has the sockets, `body` the
//! files. What there is to serve stands in a table that was made when the image was built ([`table`]), so that no request ever names
//! a file: it names a row of the table.

mod answer;
mod body;
mod env;
mod etag;
mod negotiate;
mod path;
mod patience;
mod range;
pub mod server;
pub mod site;
pub mod table;
