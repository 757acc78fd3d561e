"""What a columnar engine takes to find the changes between two sides of a million people.

    python3 -m venv engines && engines/bin/pip install polars==2.1.0
    engines/bin/python benches/engines/polars_two_sides.py [PEOPLE]

The people are those of `benches/world`: users and contacts of one company, nearly all in agreement. Measured is what
lies between two sides in memory and a table of changes: addresses in one spelling, claims by stored id, then by primary
address, records that are claimed twice, every field compared (telephone numbers by their digits), the values that the
contact UDFs would get, who has no contact, and who should be inactive. No rule of crsync is applied beyond these, so it
is the least that such a plan costs, and no plan to write.
"""

import resource
import sys
import time

import polars as pl

FIRST = ["Anna", "Ben", "Clara", "David", "Elena", "Frank", "Grace", "Hugo", "Inès", "Jonas",
         "Karim", "Lena", "Maria", "Nora", "Oscar", "Petra", "Quinn", "Rosa", "Simon", "Tara"]
SYLLABLES = ["ber", "lin", "ström", "kov", "man", "ros", "tal", "win", "dor", "hal", "mey", "san"]
FIELDS = ["first", "last", "title", "phone", "mobile", "street", "city", "state", "postal_code", "country"]


def sides(people):
    """Returns users and contacts."""
    number = range(people)
    part = lambda at: SYLLABLES[at % len(SYLLABLES)]
    common = {
        "first": [FIRST[n % 20] for n in number],
        "last": [part(n) + part(n // 12) + part(n // 144) for n in number],
        "email": [f"p{n}.{part(n // 7).replace('ö', 'o')}@client0.example" for n in number],
        "title": ["Head of Department" if n % 5 == 0 else "Clerk" for n in number],
        "department": [("Sales", "Finance", "Operations")[n % 3] for n in number],
        "phone": [f"+49 30 1234 {n:06}" for n in number],
        "mobile": ["" for _ in number],
        "street": ["Long Road 12" for _ in number],
        "city": ["Berlin" for _ in number],
        "state": ["" for _ in number],
        "postal_code": ["10115" for _ in number],
        "country": ["Germany" for _ in number],
        "n": number,
    }
    user_id = pl.Series([f"00000000-0000-4000-8000-{n:012}" for n in number])
    everyone = pl.DataFrame(common)
    hundredth = pl.col("n") % 100
    users = everyone.with_columns(
        user_id.alias("user_id"),
        (hundredth != 7).alias("enabled"),
        pl.when(hundredth == 3).then(pl.lit("Director")).otherwise("title").alias("title"),
    ).drop("n")
    contacts = everyone.with_columns(
        (29_000_000 + pl.col("n")).alias("contact_id"),
        (hundredth != 13).alias("active"),
        pl.when(hundredth == 11).then(pl.lit("")).otherwise(user_id).alias("stored"),
    ).filter(hundredth != 17).drop("n")
    return users, contacts


def plan(users, contacts):
    """Returns the changes, as one row for each field."""
    address = pl.col("email").str.strip_chars().str.to_lowercase()
    users = users.lazy().with_columns(address.alias("address"))
    contacts = contacts.lazy().with_columns(address.alias("address"))
    by_id = users.join(contacts.filter(pl.col("stored") != ""), left_on="user_id", right_on="stored", suffix="_psa")
    rest = users.join(by_id, on="user_id", how="anti")
    free = contacts.join(by_id, on="contact_id", how="anti")
    by_address = rest.join(free, on="address", suffix="_psa")
    linked = pl.concat([by_id, by_address], how="diagonal")
    once = [pl.len().over(key) == 1 for key in ("user_id", "contact_id")]
    linked = linked.filter(*once)
    digits = lambda name: pl.col(name).str.replace_all(r"\D", "")
    changed = []
    for field in FIELDS:
        same = digits(field) == digits(field + "_psa") if field in ("phone", "mobile") else (
            pl.col(field) == pl.col(field + "_psa"))
        changed.append(linked.filter((pl.col(field) != "") & ~same).select(
            "contact_id", pl.lit(field).alias("field"),
            pl.col(field + "_psa").alias("before"), pl.col(field).alias("after")))
    stored = by_address.select("contact_id", pl.lit("Office365Id").alias("field"),
                               pl.lit("").alias("before"), pl.col("user_id").alias("after"))
    leaving = linked.filter(~pl.col("enabled") & pl.col("active")).select(
        "contact_id", pl.lit("active").alias("field"), pl.lit("true").alias("before"), pl.lit("false").alias("after"))
    new = rest.join(by_address, on="user_id", how="anti").select(
        pl.lit(None, dtype=pl.Int64).alias("contact_id"), pl.lit("new").alias("field"),
        pl.lit("").alias("before"), pl.col("user_id").alias("after"))
    return pl.concat([*changed, stored, leaving, new]).collect()


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    users, contacts = sides(2)
    plan(users, contacts)
    empty = peak()
    users, contacts = sides(people)
    made = peak()
    wall, cpu = time.perf_counter(), time.process_time()
    changes = plan(users, contacts)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"polars {pl.__version__}: {people} people, {changes.height} changes, {cpu:.2f} s CPU, {wall:.2f} s wall, "
          f"peak {peak() - empty:.0f} MiB above one with two people ({made - empty:.0f} MiB before the plan)")


if __name__ == "__main__":
    main()
