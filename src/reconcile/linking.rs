//! Scoping and linking, of each company by itself, and then of what takes all of them.

use super::foreign;
use super::linked::{ChosenCompany, Each, InTurn, Linked};
use crate::reconcile::input::{AllCompanies, CompanyInput, Input};

/// Scopes and links every company of `input`.
pub fn link<'a>(input: &'a Input<'a>) -> Linked<'a> {
    link_each(input, &InTurn)
}

/// Does the same, with `how` for the companies.
pub fn link_each<'a>(input: &'a Input<'a>, how: &impl Each) -> Linked<'a> {
    let mut companies: Vec<&'a CompanyInput> = input.companies.iter().collect();
    companies.sort_by(|a, b| a.company.name.cmp(&b.company.name));
    let all = AllCompanies::new(input);
    let mut companies = how.each(&companies, |own| ChosenCompany::new(input, &all, own));
    // Whose the id of a user is who seems to be gone takes all companies.
    foreign::mark(&all, &mut companies);
    Linked { input, companies }
}
