//! The large client: 2,500 people made by arithmetic, the same every time.
//!
//! About 97 of 100 agree on all sides; the others are a little of everything that ordinary days bring.

use super::guid;
use super::msp::{Client, Contact, Person, PortalUser, User};

const COUNT: usize = 2500;
const CLOUDRADIAL: i64 = 14;
const PSA: i64 = 179;
const DOMAIN: &str = "litware.example";

const FIRST: &str = "Aaron Abigail Adam Alice Amir Anita Anton Beatriz Ben Carla Cecilia Chen Clara Daniel Dara Elena \
                     Emil Erik Fatima Felix Grace Hana Hugo Imran Ines Isaac Jana Jonas Karim Laura Leo Lina Lucas \
                     Maja Marco Mei Milan Nadia Noah Nora Omar Paula Priya Rafael Rosa Samuel Sofia Tomas Vera Yusuf";
const LAST: &str = "Abara Alvarez Andersen Bauer Becker Berg Bianchi Brandt Castillo Cohen Costa Dubois Duran Eriksen \
                    Farah Ferrari Fischer Garcia Gruber Haddad Hansen Horvath Ito Jansen Kaya Keller Khan Kovacs \
                    Kowalski Larsen Lopez Martin Meyer Moreau Nakamura Novak Okafor Olsen Patel Petrov Popescu Rossi \
                    Santos Sato Schmidt Silva Tanaka Varga Weber Yilmaz";
const TITLES: [(&str, &str); 7] = [
    ("Sales", "Account Executive"),
    ("Engineering", "Software Engineer"),
    ("Finance", "Accountant"),
    ("Operations", "Coordinator"),
    ("Support", "Support Specialist"),
    ("Legal", "Paralegal"),
    ("Marketing", "Designer"),
];

/// What is different about a person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Difference {
    Nothing,
    /// Only in the tenant.
    New,
    /// Promoted: the title changed in the tenant.
    Title,
    /// Sign-in is blocked, the contact is still active.
    Disabled,
    /// The contact writes the phone number another way.
    PhoneFormat,
    /// A contact without a user in the tenant.
    ContactOnly,
    /// Without a licence, and without the other sides.
    Unlicensed,
}

/// Who differs: people whose number leaves this remainder by 100, or by 1,000 if it is above 99.
const DIFFERENCES: [(usize, Difference); 6] = [
    (7, Difference::Title),
    (23, Difference::PhoneFormat),
    (141, Difference::New),
    (341, Difference::Disabled),
    (541, Difference::ContactOnly),
    (741, Difference::Unlicensed),
];

fn difference(number: usize) -> Difference {
    let by_hundred = DIFFERENCES.iter().find(|(remainder, _)| *remainder < 100 && number % 100 == *remainder);
    let by_thousand = DIFFERENCES.iter().find(|(remainder, _)| number % 1000 == *remainder);
    by_hundred.or(by_thousand).map_or(Difference::Nothing, |(_, difference)| *difference)
}

/// Returns the client.
pub(super) fn client() -> Client {
    let first: Vec<&str> = FIRST.split_whitespace().collect();
    let last: Vec<&str> = LAST.split_whitespace().collect();
    Client {
        name: "Litware".to_owned(),
        enabled: true,
        tenant: "6c1e9f14-0000-4000-8000-000000000014".to_owned(),
        domains: vec![DOMAIN.to_owned()],
        shared: false,
        skus: ["SPE_E3", "FLOW_FREE"].map(str::to_owned).to_vec(),
        cloudradial: CLOUDRADIAL,
        psa: PSA,
        territory: Some(1),
        owner: 1,
        portal_territory: "North".to_owned(),
        portal_account_manager: "Robin Hale".to_owned(),
        config: String::new(),
        person: (1..=COUNT).map(|number| person(number, &first, &last)).collect(),
    }
}

fn person(number: usize, first: &[&str], last: &[&str]) -> Person {
    let difference = difference(number);
    // 1237 and 2500 have no common divisor, so that every pair of names comes once.
    let pair = (number * 1237 + 11) % COUNT;
    let names = (first[pair % first.len()], last[pair / first.len() % last.len()]);
    let user = user(number, names, difference);
    let contact = contact(number, &user, difference);
    let portal = portal(number, &user, &contact);
    let (in_tenant, elsewhere) = match difference {
        Difference::New | Difference::Unlicensed => (true, false),
        Difference::ContactOnly => (false, true),
        _ => (true, true),
    };
    Person {
        user: Some(user).filter(|_| in_tenant),
        contact: Some(contact).filter(|_| elsewhere),
        portal: Some(portal).filter(|_| elsewhere),
    }
}

fn user(number: usize, (first, last): (&str, &str), difference: Difference) -> User {
    let upn = format!("{}.{}@{DOMAIN}", first.to_lowercase(), last.to_lowercase());
    let (department, title) = TITLES[number % TITLES.len()];
    let senior = if difference == Difference::Title { "Senior " } else { "" };
    let text = |text: &str| Some(text.to_owned());
    User {
        id: Some(guid::of(PSA, 0x8000, position(number))),
        mail: Some(upn.clone()),
        upn,
        first: text(first),
        last: text(last),
        display: Some(format!("{first} {last}")),
        title: Some(format!("{senior}{title}")),
        department: text(department),
        company_name: text("Litware"),
        phone: Some(format!("+1 206 555 {:04}", 100 + number % 100)),
        street: text("1 Harbor Way"),
        city: text("Seattle"),
        state: text("WA"),
        postal_code: text("98101"),
        country: text("United States"),
        disabled: difference == Difference::Disabled,
        licences: match difference {
            Difference::Unlicensed => Vec::new(),
            _ => vec!["SPE_E3".to_owned()],
        },
        ..User::default()
    }
}

fn contact(number: usize, user: &User, difference: Difference) -> Contact {
    let phone = match difference {
        Difference::PhoneFormat => format!("+1 (206) 555-{:04}", 100 + number % 100),
        _ => blank(user.phone.as_ref()),
    };
    let linked = difference != Difference::ContactOnly;
    let id = user.id.iter().map(|id| ("Office365Id".to_owned(), id.clone()));
    let udf = id.chain([("IsOffice365".to_owned(), "true".to_owned())]);
    Contact {
        id: PSA * 10_000 + position(number),
        first: blank(user.first.as_ref()),
        last: blank(user.last.as_ref()),
        email: blank(user.mail.as_ref()),
        title: TITLES[number % TITLES.len()].1.to_owned(),
        phone,
        street: blank(user.street.as_ref()),
        city: blank(user.city.as_ref()),
        state: blank(user.state.as_ref()),
        postal_code: blank(user.postal_code.as_ref()),
        udf: udf.filter(|_| linked).collect(),
        ..Contact::default()
    }
}

fn portal(number: usize, user: &User, contact: &Contact) -> PortalUser {
    PortalUser {
        id: guid::of(CLOUDRADIAL, 0x9000, position(number)),
        first: contact.first.clone(),
        last: contact.last.clone(),
        email: contact.email.clone(),
        user_name: user.upn.clone(),
        phone: blank(user.phone.as_ref()),
        department: blank(user.department.as_ref()),
        title: contact.title.clone(),
        street: contact.street.clone(),
        city: contact.city.clone(),
        state: contact.state.clone(),
        postal_code: contact.postal_code.clone(),
        country: blank(user.country.as_ref()),
        psa_key: contact.id,
        ..PortalUser::default()
    }
}

fn blank(text: Option<&String>) -> String {
    text.cloned().unwrap_or_default()
}

fn position(number: usize) -> i64 {
    i64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_seven_of_a_hundred_agree_and_every_difference_occurs() {
        let differing = (1..=COUNT).filter(|number| difference(*number) != Difference::Nothing).count();
        assert!((50..=75).contains(&differing), "{differing}");
        for (_, kind) in DIFFERENCES {
            assert!((1..=COUNT).any(|number| difference(number) == kind));
        }
    }
}
