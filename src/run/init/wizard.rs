//! What setting up needs of its front end.

use std::any::Any;

use crate::error::Result;
use crate::secret::Secret;

/// Asks a person, and tells what goes on.
pub trait Wizard {
    /// Reports whether a person can be asked.
    fn can_ask(&self) -> bool;

    /// Asks to choose one of `items`; `None` if the person turns away.
    ///
    /// # Errors
    /// When no answer can come.
    fn choose(&mut self, question: &str, items: &[String]) -> Result<Option<usize>>;

    /// Asks for a line of text until `refusal` has nothing against it. What is refused is not shown any longer.
    ///
    /// # Errors
    /// When no answer can come.
    fn text(&mut self, question: &str, refusal: &dyn Fn(&str) -> Option<String>) -> Result<String>;

    /// Asks for a secret, which is not shown and may be blank.
    ///
    /// # Errors
    /// When no answer can come.
    fn secret(&mut self, question: &str) -> Result<Secret>;

    /// Shows that services are asked, until what is returned is dropped. Nothing is told or asked for so long.
    fn asking(&self) -> Box<dyn Any>;

    /// Tells something.
    ///
    /// # Errors
    /// When it cannot be told.
    fn tell(&mut self, line: &str) -> Result<()>;

    /// Tells something that a person should act on.
    ///
    /// # Errors
    /// When it cannot be told.
    fn warn(&mut self, message: &str, next: Option<&str>) -> Result<()>;
}
