//! Addresses of services.

use url::Url;

use super::{Located, Table};
use crate::error::Result;
use crate::secret::is_this_machine;

impl Table<'_> {
    /// Takes an address: HTTPS, or this machine; without a user or a query, which have no place in it.
    pub fn address(&mut self, key: &str) -> Option<Url> {
        let found = self.text(key)?;
        self.keep(self.checked(key, &found))
    }

    /// Takes an address that must be there.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if it is missing, or is no address that may be used.
    pub fn required_address(&mut self, key: &str, example: &str) -> Result<Url> {
        let found = self.required_text_like(key, &format!("{key} = \"{example}\""))?;
        self.checked(key, &found)
    }

    /// Returns the address that was found under `key`, if it may be used.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if it may not.
    pub fn checked(&self, key: &str, found: &Located<String>) -> Result<Url> {
        let Located { value, span } = found;
        let form = "an address such as \"https://api.example\"";
        let url: Url = value.parse().map_err(|_| self.wrong_type(key, span, form))?;
        if !url.has_host() {
            return Err(self.wrong_type(key, span, form));
        }
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            // It may hold a password.
            return Err(self
                .error(span, format!("`{key}` of {} has the wrong form", self.name()))
                .hint("it takes an address alone, without a user, a password or anything behind a `?`"));
        }
        if url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url)) {
            return Ok(url);
        }
        Err(self
            .error(span, format!("`{key}` of {} is not an HTTPS address", self.name()))
            .hint("write https://; plain HTTP is for this machine alone"))
    }
}
