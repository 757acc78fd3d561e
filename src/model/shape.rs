//! What a side's fields take, so that a value can be fitted before it is compared.

use std::collections::BTreeMap;

use super::{Field, Udf, UdfField};

/// What one field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldShape {
    /// The most characters it holds, where a limit is known.
    pub length: Option<usize>,
    /// Whether a record cannot be created without it.
    pub required: bool,
    /// The most digits of the field that the side has for the extension of this number; `None` where an extension is
    /// written behind the number.
    pub extension: Option<usize>,
    /// Whether the side may keep the digits of this number alone.
    pub digits: bool,
}

/// What a side wants of first and last name together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum NameRule {
    /// Nothing.
    #[default]
    Apart,
    /// One of them at least.
    Needed,
    /// They are one field.
    Joined,
}

/// What the person records of one side take. A field that is not listed does not exist there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    fields: BTreeMap<Field, FieldShape>,
    udfs: BTreeMap<Udf, UdfField>,
    /// Why fields that the side has are not listed for now, and what to do about it.
    lacks: BTreeMap<Field, (&'static str, &'static str)>,
    /// Names that the configuration gives to user-defined fields.
    names: BTreeMap<Udf, String>,
    name_rule: NameRule,
    types: bool,
    udfs_by_record: bool,
}

impl Shape {
    /// The shape with these fields and no user-defined ones.
    pub fn new(fields: impl IntoIterator<Item = (Field, FieldShape)>) -> Self {
        // A map is made by code of its own for everything that it is made of: of a list there is one.
        let fields: Vec<(Field, FieldShape)> = fields.into_iter().collect();
        Self { fields: fields.into_iter().collect(), ..Self::default() }
    }

    /// States that the side keeps first and last name in one field. Its records show both as
    /// [`name::split`](crate::text::name::split) takes that field apart, and writing either writes the whole. Of the
    /// two neither is required by itself, and neither has a length of its own.
    #[must_use]
    pub fn with_joined_name(mut self) -> Self {
        self.name_rule = NameRule::Joined;
        for half in [Field::FirstName, Field::LastName] {
            self.fields.entry(half).and_modify(|shape| *shape = FieldShape::default());
        }
        self
    }

    /// Whether first and last name are one field.
    pub fn joined_name(&self) -> bool {
        self.name_rule == NameRule::Joined
    }

    /// States that a record needs a first name, a last name, or both.
    #[must_use]
    pub fn with_needed_name(mut self) -> Self {
        if self.name_rule == NameRule::Apart {
            self.name_rule = NameRule::Needed;
        }
        self
    }

    /// Whether a record needs a first name, a last name, or both: one field for the two is never blank.
    pub fn needs_name(&self) -> bool {
        self.name_rule != NameRule::Apart
    }

    /// States that the side has types of contacts of its own, which its records show.
    #[must_use]
    pub fn with_types(mut self) -> Self {
        self.types = true;
        self
    }

    /// Whether the side has types of contacts of its own; elsewhere a user-defined field tells them.
    pub fn has_types(&self) -> bool {
        self.types
    }

    /// States that a record shows only those user-defined fields that belong where the record belongs. One that a record
    /// does not show cannot be written there.
    #[must_use]
    pub fn with_udfs_by_record(mut self) -> Self {
        self.udfs_by_record = true;
        self
    }

    /// Whether records differ in the user-defined fields that they show.
    pub fn has_udfs_by_record(&self) -> bool {
        self.udfs_by_record
    }

    /// Adds a user-defined field that the side defines.
    #[must_use]
    pub fn with_udf(mut self, udf: UdfField) -> Self {
        self.udfs.insert(udf.role, udf);
        self
    }

    /// States what the configuration calls the user-defined fields, whether the side defines them or not.
    #[must_use]
    pub fn with_udf_names(mut self, names: &BTreeMap<Udf, String>) -> Self {
        self.names.clone_from(names);
        self
    }

    /// Returns the name under which the field for `role` is looked for: the configured one, else crsync's own.
    pub fn udf_name(&self, role: Udf) -> &str {
        role.name_in(&self.names)
    }

    /// Leaves out a field that the side has and that cannot be written for now: why, and what to do about it.
    #[must_use]
    pub fn without(mut self, field: Field, why: &'static str, next: &'static str) -> Self {
        self.fields.remove(&field);
        self.lacks.insert(field, (why, next));
        self
    }

    /// Returns why a field that the side has was left out, and what to do about it.
    pub fn lack(&self, field: Field) -> Option<(&'static str, &'static str)> {
        self.lacks.get(&field).copied()
    }

    /// What `field` takes, if the side has it.
    pub fn field(&self, field: Field) -> Option<FieldShape> {
        self.fields.get(&field).copied()
    }

    /// The user-defined field for `role`, if the side defines it.
    pub fn udf(&self, role: Udf) -> Option<&UdfField> {
        self.udfs.get(&role)
    }

    /// The fields a record cannot be created without.
    pub fn required(&self) -> impl Iterator<Item = Field> + '_ {
        self.fields.iter().filter(|(_, shape)| shape.required).map(|(field, _)| *field)
    }
}
