use proptest::prelude::*;

use super::*;

fn room(length: usize) -> Room {
    Room { length: Some(length), ..Room::default() }
}

fn own_field(length: usize, extension: usize) -> Room {
    Room { length: Some(length), extension: Some(extension), ..Room::default() }
}

fn fitted(text: &str, length: usize) -> Option<String> {
    fit(text, room(length)).ok()
}

#[test]
fn formatting_and_the_way_to_write_abroad_do_not_matter() {
    assert!(same("+47 22 12 34 56", "0047 (22) 12-34-56"));
    assert!(same("(555) 0100", "555.0100"));
    assert!(same("+1 202 555 0112", "12025550112"), "some services keep the digits alone");
    assert!(same("＋１ ２０２ ５５５ ０１１２", "+1 202 555 0112"));
    assert!(!same("+47 22 12 34 56", "22 12 34 56"));
    assert!(same("unknown", " unknown"));
    assert!(!same("unknown", "none"));
    assert!(!same("none", "555"));
    assert!(!same("1-800-FLOWERS", "1-800-GOFEDEX"));
    assert!(same("+1 202 555 0112 (home)", "+1 202 555 0112"), "a note is no part of the number");
}

#[test]
fn a_zero_that_is_never_dialled_from_abroad_does_not_count() {
    for spelling in
        ["+44 (0)20 7946 0018", "+44(0) 20 7946 0018", "0044 (0) 20-7946-0018", "+44 [0] 2079460018"]
    {
        assert!(same(spelling, "+44 20 7946 0018"), "{spelling}");
    }
    assert!(!same("(0)20 7946 0018", "20 7946 0018"), "there is no country code before it");
    assert_eq!(without_trunk_zero("+44 (0) 20 7946 0018"), "+44 20 7946 0018");
    assert_eq!(without_trunk_zero("(020) 7946 0018"), "(020) 7946 0018");
}

#[test]
fn programs_and_people_write_extensions_in_many_ways() {
    for spelling in [
        "+1 202 555 0112 x42",
        "+1 202 555 0112x42",
        "+1 (202) 555-0112;ext=42",
        "tel:+1-202-555-0112;ext=42",
        "+1 202 555 0112, Ext. 42",
        "+1 202 555 0112 EXTENSION: 42",
        "+1 202 555 0112 (ext 42)",
        "+1 202 555 0112 #42",
        "+1 202 555 0112 ext #42",
    ] {
        assert!(same(spelling, "0012025550112 ext 42"), "{spelling}");
        assert_eq!(split(&clean(spelling)).1, "42", "{spelling}");
        assert!(agree(spelling, "+1 202 555 0112", None), "{spelling}");
        assert!(!same(spelling, "+1 202 555 0112"), "{spelling}");
        assert!(!agree(spelling, "+1 202 555 0112 x43", None), "{spelling}");
    }
}

#[test]
fn an_extension_is_taken_off_and_put_on_again() {
    for (text, number, extension) in [
        ("+1 555 0100 x42", "+1 555 0100", "42"),
        ("555-0100, Ext. 7", "555-0100", "7"),
        ("(555) EXTENSION: 12", "(555)", "12"),
        ("+1 555 0100", "+1 555 0100", ""),
        ("call x42", "call x42", ""),
        ("x42", "", "42"),
        ("555 0100 / 555 0101 x5", "555 0100 / 555 0101 x5", ""),
        ("555 0100 x5 Ann", "555 0100 x5 Ann", ""),
        ("", "", ""),
    ] {
        assert_eq!(split(text), (number.to_owned(), extension.to_owned()), "{text}");
    }
    assert_eq!(join("+1 555 0100", "42"), "+1 555 0100 x42");
    assert_eq!(join("+1 555 0100", "ext. 42"), "+1 555 0100 x42");
    assert_eq!(join("+1 555 0100 x42", "42"), "+1 555 0100 x42", "it is in both fields");
    assert_eq!(join("+1 555 0100 x42", "43"), "+1 555 0100 x42 x43");
    assert_eq!(join("", "42"), "x42");
    assert_eq!(join(" 555 ", " "), "555");
}

#[test]
fn a_field_with_nothing_but_an_extension_keeps_it() {
    assert_eq!(complete("+1 555 0100", "x42").as_deref(), Some("+1 555 0100 x42"));
    assert_eq!(complete("+1 555 0100 x7", "x42"), None);
    assert_eq!(complete("+1 555 0100", "555 x42"), None);
    assert!(is_extension_alone("Ext. 42") && !is_extension_alone("555 x42") && !is_extension_alone("42"));
}

#[test]
fn the_national_form_is_the_international_one_where_the_country_is_known() {
    for (code, national, international) in [
        ("44", "020 7946 0018", "+44 20 7946 0018"),
        ("44", "020 7946 0018", "+44 (0)20 7946 0018"),
        ("44", "(020) 7946-0018", "+44 020 7946 0018"),
        ("1", "(202) 555-0112", "+1 202 555 0112"),
        ("1", "1-202-555-0112", "+1 202 555 0112"),
        ("1", "011 44 20 7946 0018", "+44 20 7946 0018"),
        ("39", "06 1234 5678", "+39 06 1234 5678"),
        ("7", "8 495 123-45-67", "+7 495 123 45 67"),
        ("49", "030/1234567", "+49 30 1234567"),
        ("47", "22 12 34 56", "+47 22 12 34 56"),
        ("44", "12025550112", "+1 202 555 0112"),
    ] {
        assert!(agree(national, international, Some(code)), "{code}: {national} {international}");
        assert!(agree(international, national, Some(code)), "{code}: {international} {national}");
        assert!(
            !same(national, international)
                || international.replace([' ', '+'], "") == national.replace('-', ""),
            "{national}"
        );
    }
    for (code, national, other) in [
        (None, "020 7946 0018", "+44 20 7946 0018"),
        (Some("1"), "020 7946 0018", "+44 20 7946 0018"),
        (Some("39"), "06 1234 5678", "+39 6 1234 5678"),
        (Some("44"), "020 7946 0018", "+44 20 7946 0019"),
        (Some("1"), "(202) 555-0112", "+44 202 555 0112"),
    ] {
        assert!(!agree(national, other, code), "{code:?}: {national} {other}");
    }
}

#[test]
fn several_numbers_in_one_text_are_noticed() {
    for text in [
        "+1 202 555 0100 / +1 202 555 0101",
        "+1 202 555 0100, +1 202 555 0101",
        "+1 202 555 0100; +1 202 555 0101",
        "+1 202 555 0100 or +1 202 555 0101",
        "+1 202 555 0100 | +1 202 555 0101",
        "+1 202 555 0100\n+1 202 555 0101",
        "+1 202 555 0100 +1 202 555 0101",
        "202 555 0100 / 202 555 0101",
        "202-555-0100 Ext. 5 / 202-555-0101",
        "202-555-0112 x42 - 555-0116",
        "202-555-0112 ext. 42 (555-0116)",
        "202-555-0100\r\n202-555-0101",
    ] {
        assert_eq!(fit(text, room(20)), Err(Misfit::Several), "{text}");
        assert_eq!(fit(text, own_field(20, 10)), Err(Misfit::Several), "{text}");
        assert!(!agree(text, "+1 202 555 0100", Some("1")), "{text}");
        let whole = fit(text, Room::default()).expect("there is room");
        assert!(same(&whole, text), "{text} {whole}");
    }
    assert_eq!(clean("202-555-0100\r\n202-555-0101"), "202-555-0100 / 202-555-0101");
    assert_eq!(
        fit("202 555 0100 202 555 0101", room(20)),
        Err(Misfit::TooLong),
        "no number has so many digits"
    );
    // Before a slash may be the code of an area.
    assert!(same("030/1234567", "030 1234567"));
    assert_eq!(fit("+49 (0)30 / 12 34 56 - 78", room(14)), Err(Misfit::Several), "in doubt");
}

#[test]
fn a_number_that_fits_stays_as_it_is_written() {
    assert_eq!(fitted("+1 (555) 0100", 25).as_deref(), Some("+1 (555) 0100"));
    assert_eq!(fitted("tel:+13035550116", 25).as_deref(), Some("+13035550116"));
    assert_eq!(fitted("+1 202 555 0115;ext=56", 25).as_deref(), Some("+1 202 555 0115 x56"));
}

#[test]
fn a_number_that_is_too_long_loses_its_formatting() {
    assert_eq!(fitted("+1 (555) 010-0000", 12).as_deref(), Some("+15550100000"));
    assert_eq!(fitted("+1 555 0100 Ext. 42", 14).as_deref(), Some("+15550100x42"));
    assert_eq!(fitted("+44 (0)20 7946 0000", 13).as_deref(), Some("+442079460000"));
    assert_eq!(fitted("+1 (202) 555-0115;ext=5678", 20).as_deref(), Some("+12025550115x5678"));
}

#[test]
fn a_number_is_never_cut() {
    assert_eq!(fit("+1 (555) 010-0000", room(8)), Err(Misfit::TooLong));
    assert_eq!(fit("call the front desk", room(10)), Err(Misfit::TooLong));
    assert_eq!(fit("1-800-FLOWERS-NOW", room(10)), Err(Misfit::TooLong));
}

#[test]
fn a_field_for_the_extension_leaves_the_other_to_the_number() {
    let fitted = |text, length, extension| fit(text, own_field(length, extension));
    assert_eq!(fitted("+1 (202) 555-0115;ext=5678", 25, 10).as_deref(), Ok("+1 (202) 555-0115 x5678"));
    assert_eq!(fitted("+1 (202) 555-0115;ext=5678", 12, 10).as_deref(), Ok("+12025550115 x5678"));
    assert_eq!(fitted("+1 (202) 555-0115 x5678", 25, 3), Err(Misfit::Extension(4)));
    assert_eq!(fitted("+1 (202) 555-0115 x5678", 8, 4), Err(Misfit::TooLong));
}

#[test]
fn a_field_that_keeps_the_digits_alone_takes_what_they_say_in_full() {
    let phone = Room { extension: Some(15), digits: true, ..Room::default() };
    let mobile = Room { extension: None, ..phone };
    for (text, room, expected) in [
        ("+1 (202) 555-0100", mobile, Ok("+1 (202) 555-0100")),
        ("030/1234567", mobile, Ok("030/1234567")),
        ("+1 202 555 0100 (desk)", mobile, Ok("+1 202 555 0100 (desk)")),
        ("+1 202 555 0100 x7", phone, Ok("+1 202 555 0100 x7")),
        ("555 0199 x7", mobile, Err(Misfit::Extension(1))),
        ("+1 202 555 0100 / +1 202 555 0101", phone, Err(Misfit::Several)),
        ("202 555 0100 or 202 555 0101", mobile, Err(Misfit::Several)),
        ("202 555 0100 202 555 0101", mobile, Err(Misfit::Several)),
        ("202 555 0100 x1 / 202 555 0101 x2", phone, Err(Misfit::Several)),
        ("1-800-FLOWERS", phone, Err(Misfit::Letters)),
        ("tel +1 202 555 0100", mobile, Ok("tel +1 202 555 0100")),
        ("+1 202 555 0100 press 2", phone, Err(Misfit::Letters)),
        ("+1 202 555 0100 Durchwahl 12", mobile, Err(Misfit::Letters)),
        ("+1 202 555 0100 poste 12", phone, Err(Misfit::Letters)),
        ("+1 202 555 0100 opt 3", mobile, Err(Misfit::Letters)),
        ("+1 202 555 0100 Mon-Fri 9-5", phone, Err(Misfit::Letters)),
    ] {
        assert_eq!(fit(text, room), expected.map(ToOwned::to_owned), "{text}");
    }
}

#[test]
fn a_text_without_a_digit_is_blank() {
    assert!(is_blank("") && is_blank("n/a") && is_blank("---") && !is_blank("x7") && !is_blank("٣"));
}

/// Returns numbers, several of them, with and without all that people write around them.
fn texts() -> impl Strategy<Value = String> {
    let number = "(tel:)?([+]|00|0)?[0-9]{1,3}( ?\\(0\\) ?)?[0-9 ().-]{1,14}( ?(x|ext\\.? ?|;ext=|, ext | #)[0-9]{1,5})?";
    (number, proptest::option::of(("( / |, |; | or |\n| \\+|/)", number))).prop_map(|(first, more)| {
        more.map_or(first.clone(), |(between, second)| format!("{first}{between}{second}"))
    })
}

proptest! {
    #[test]
    fn what_fits_is_short_enough_and_the_same_number(text in texts(), length in 1_usize..40, extension in proptest::option::of(1_usize..6)) {
        let room = Room { length: Some(length), extension, ..Room::default() };
        if let Ok(fitted) = fit(&text, room) {
            prop_assert!(same(&fitted, &text), "{fitted:?}");
            prop_assert!(agree(&fitted, &text, Some("44")));
            prop_assert_eq!(interpretations(&fitted).len(), interpretations(&clean(&text)).len());
            prop_assert_eq!(fit(&fitted, room), Ok(fitted.clone()));
            let own = if extension.is_some() { split(&fitted).0 } else { fitted.clone() };
            prop_assert!(own.chars().count() <= length);
        }
    }

    #[test]
    fn taking_apart_and_joining_changes_nothing(text in texts()) {
        let clean = clean(&text);
        let (number, extension) = split(&clean);
        let joined = join(&number, &extension);
        prop_assert!(same(&joined, &text), "{joined:?}");
        prop_assert_eq!(split(&joined), (number, extension));
    }

    #[test]
    fn sameness_has_no_direction(a in texts(), b in texts(), code in proptest::option::of("(1|44|39|7)")) {
        let code = code.as_deref();
        prop_assert_eq!(same(&a, &b), same(&b, &a));
        prop_assert_eq!(agree(&a, &b, code), agree(&b, &a, code));
        prop_assert!(same(&a, &a) && agree(&a, &a, code));
        prop_assert!(!same(&a, &b) || agree(&a, &b, code));
    }

    #[test]
    fn any_text_is_read(a in any::<String>(), b in any::<String>(), length in 1_usize..30) {
        let _ = (same(&a, &b), agree(&a, &b, Some("1")), split(&a), join(&a, &b), clean(&a), without_trunk_zero(&a));
        if let Ok(fitted) = fit(&a, room(length)) {
            prop_assert!(fitted.chars().count() <= length);
        }
        prop_assert!(same(&a, &a));
    }

    #[test]
    fn the_digits_of_two_numbers_are_never_put_together(
        a in "[+][0-9]{9,12}",
        first in "( ?(x|ext\\.? ?|, ext | #)[0-9]{1,5})?",
        b in "[+]?[0-9]{9,12}",
        second in "( ?(x|ext\\.? ?|, ext | #)[0-9]{1,5})?",
        between in "( / |, |; | or |\n|/| - | )",
        length in 10_usize..60,
        extension in proptest::option::of(1_usize..20),
    ) {
        let text = format!("{a}{first}{between}{b}{second}");
        let room = Room { length: Some(length), extension, digits: false };
        if let Ok(fitted) = fit(&text, room) {
            let behind_a_digit = |at: usize| fitted[..at].ends_with(|c: char| c.is_ascii_digit());
            let own = fitted.match_indices(&b).any(|(at, _)| at > 0 && !behind_a_digit(at));
            prop_assert!(fitted.contains(&a) && own, "{fitted:?}");
            prop_assert!(!split(&fitted).1.contains(b.trim_start_matches('+')), "{fitted:?}");
        }
    }
}
