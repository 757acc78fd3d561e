//! Ids in the form that Microsoft gives them.

/// Returns an id that says whose it is: the company, the side, the position in the file.
pub(crate) fn of(company: i64, side: u16, position: i64) -> String {
    format!("{company:08x}-0000-4000-{side:04x}-{position:012x}")
}

/// Returns a random GUID that no later request refers to.
pub(crate) fn random() -> String {
    let bits = fastrand::u128(..);
    let part = |shift: u32, digits: u32| (bits >> shift) & ((1 << (digits * 4)) - 1);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        part(96, 8),
        part(80, 4),
        part(64, 3),
        part(52, 3),
        part(0, 12)
    )
}
