//! `crsync init`: what is proposed, asked, kept and written, and what is never replaced.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::sync::{Arc, Mutex};

use crsync::cli::{self, Io};
use crsync_sandbox::System;
use serde_json::{Value, json};

use crate::conformance::{Kit, each};
use crate::harness::{Run, World, client};

/// The part of some companies that is about one.
fn company<'v>(all: &'v Value, name: &str) -> Option<&'v Value> {
    all.as_array().expect("companies").iter().find(|company| company["name"] == name)
}

/// The configuration with nothing of its companies but whose records they are.
fn bare(text: &str) -> String {
    let lines = companies(text).into_iter().map(|(name, portal, psa, tenant, domains)| {
        let shared = if domains.is_empty() { String::new() } else { format!("domains = {domains:?}\n") };
        format!("\n[[company]]\nname = {name:?}\ncloudradial = {portal}\npsa = {psa}\ntenant = {tenant:?}\n{shared}")
    });
    services(text) + &lines.collect::<String>()
}

/// Everything that was asked: the question, and what could be chosen.
type Questions = Vec<(String, Vec<String>)>;

/// Runs `crsync init` on a terminal where `answers` chooses, by question and items, and `typed` are the lines.
fn wizard(
    world: &World,
    args: &[&str],
    typed: &str,
    mut answers: impl FnMut(&str, &[String]) -> Option<usize> + Send + 'static,
) -> (Run, Questions) {
    let asked = Arc::<Mutex<Questions>>::default();
    let seen = Arc::clone(&asked);
    let answers = move |question: &str, items: &[String]| {
        seen.lock().expect("one at a time").push((question.to_owned(), items.to_vec()));
        answers(question, items)
    };
    let (io, buffers) = Io::answered(200, world.env.clone(), Box::new(answers));
    let mut io = io.with_input(typed);
    let config = world.config().display().to_string();
    let own = ["crsync", "--config", &config, "init", "--color", "never"];
    let all: Vec<OsString> = own.into_iter().chain(args.iter().copied()).map(OsString::from).collect();
    let code = cli::run(all, &mut io);
    let asked = asked.lock().expect("over").clone();
    (Run { code, out: buffers.out(), err: buffers.err() }, asked)
}

/// Chooses the item that begins with one of the words; the first one where there is none.
fn choosing(words: &'static [&'static str]) -> impl FnMut(&str, &[String]) -> Option<usize> + Send {
    move |_, items| {
        Some(items.iter().position(|item| words.iter().any(|word| item.starts_with(word))).unwrap_or(0))
    }
}

/// The configuration without its companies.
fn services(text: &str) -> String {
    text.split("\n[[company]]").next().unwrap_or_default().to_owned()
}

/// The same for this PSA.
fn services_of(kit: &Kit, text: &str) -> String {
    let stated = text.lines().find(|line| line.starts_with("psa = ")).expect("a PSA");
    services(text).replacen(stated, &format!("psa = {:?}", kit.id), 1)
}

fn file(world: &World) -> String {
    fs::read_to_string(world.config()).unwrap_or_default()
}

/// The companies of a configuration: name, portal, PSA, tenant and domains.
fn companies(text: &str) -> Vec<(String, i64, i64, String, Vec<String>)> {
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let texts = |value: Option<&toml::Value>| {
        let all = value.and_then(toml::Value::as_array).cloned().unwrap_or_default();
        all.iter().filter_map(toml::Value::as_str).map(ToOwned::to_owned).collect()
    };
    let company = |one: &toml::Value| {
        let (name, tenant) = (one["name"].as_str(), one["tenant"].as_str());
        let (portal, psa) = (one["cloudradial"].as_integer(), one["psa"].as_integer());
        (
            name.expect("a name").to_owned(),
            portal.expect("a number"),
            psa.expect("a number"),
            tenant.expect("an id").to_owned(),
            texts(one.get("domains")),
        )
    };
    table.get("company").and_then(toml::Value::as_array).into_iter().flatten().map(company).collect()
}

/// Sixty clients whose portal, PSA and tenant ids follow from their number.
fn sixty() -> Vec<String> {
    (20..80).map(|number| client(&format!("Client{number}"), number, 2, "")).collect()
}

fn is_right((name, portal, psa, tenant, _): &(String, i64, i64, String, Vec<String>)) -> bool {
    *name == format!("Client{portal}")
        && *psa == 200 + 2 * portal
        && *tenant == format!("a1de0001-0000-4000-8000-{portal:012}")
}

/// Takes the links of the portal to the PSA away.
fn unlink(state: &mut Value) {
    for company in state["cloudradial"]["companies"].as_object_mut().expect("companies by id").values_mut() {
        company["psaKey"] = json!(0);
    }
}

/// Takes the tenants out of the PSA.
fn forget_tenants(kit: &Kit, state: &mut Value) {
    (20..80).for_each(|number| kit.keep_tenant(state, 200 + 2 * number, ""));
}

#[test]
fn the_sandbox_gets_the_configuration_that_it_has_but_for_what_people_set() {
    each(|kit| {
        let world = World::small();
        let own = world.sandbox.config();
        world.configure(|text| services_of(kit, &text));
        let init = world.run(&["init", "--yes-exact", "--print"]);
        assert_eq!(init.code, 0, "{}: {}", kit.id, init.err);
        assert_eq!(companies(&init.out), companies(&own), "{}: {}", kit.id, init.err);
        assert!(init.out.starts_with(&services_of(kit, &own)), "every byte stays");
        // What a company is told besides who it is, no evidence can say.
        let [mine, theirs] = [bare(&own), init.out.clone()].map(|text| {
            world.forget();
            world.configure(|_| format!("retries = 0\n{text}"));
            world.diff(&["--psa", kit.id]).json()["companies"].clone()
        });
        let differs = |name: &str| company(&mine, name) != company(&theirs, name);
        let differing: Vec<String> =
            companies(&own).into_iter().map(|(name, ..)| name).filter(|name| differs(name)).collect();
        assert!(differing.is_empty(), "{}: {differing:?}", kit.id);
    });
}

#[test]
fn sixty_of_sixty_are_right_where_ids_are_stored() {
    let world = World::of(&sixty());
    each(|kit| {
        world.configure(|text| services_of(kit, &text));
        let init = world.run(&["init", "--yes-exact", "--print"]);
        let found = companies(&init.out);
        assert_eq!(found.len(), 60, "{}: {}", kit.id, init.err);
        assert!(found.iter().all(is_right), "{}: {found:?}", kit.id);
    });
}

#[test]
fn domains_alone_are_asked_about_and_none_is_wrong() {
    each(|kit| {
        let world = World::of(&sixty());
        world.edit(|state| {
            unlink(state);
            forget_tenants(kit, state);
        });
        world.configure(|text| services_of(kit, &text));
        let exact = world.run(&["init", "--yes-exact", "--print"]);
        assert_eq!((exact.code, companies(&exact.out).len()), (0, 0), "{}: {}", kit.id, exact.err);
        let (all, _) = wizard(&world, &["--print"], "", choosing(&["Add all of them"]));
        let found = companies(&all.out);
        assert_eq!(found.len(), 60, "{}: {}", kit.id, all.err);
        assert!(found.iter().all(is_right), "{}: {found:?}", kit.id);
    });
}

#[test]
fn names_propose_nothing() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    world.edit(|state| {
        unlink(state);
        state["cloudradial"]["domains"] = json!({});
    });
    world.configure(|text| services(&text));
    let init = world.run(&["init", "--yes-exact", "--print"]);
    assert_eq!(companies(&init.out), [], "{}", init.out);
    assert!(
        init.out.contains("# * Alder (CloudRadial 20): it is linked to no company of Autotask"),
        "{}",
        init.out
    );
}

#[test]
fn a_tenant_without_consent_is_listed_with_its_link() {
    let world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
    let tenant = "a1de0001-0000-4000-8000-000000000021";
    world.edit(|state| state["entra"]["unconsented"] = json!([tenant]));
    world.configure(|text| services(&text));
    let init = world.run(&["init", "--yes-exact"]);
    assert_eq!(init.code, 0, "{}", init.err);
    assert_eq!(companies(&file(&world)).len(), 2, "stored id and domain need no consent");
    let link = format!("{}/entra/{tenant}/adminconsent?client_id=", world.sandbox.url());
    assert!(init.err.contains(&link) && file(&world).contains(&link), "{}", init.err);
    assert!(!init.err.contains("a1de0001-0000-4000-8000-000000000020/adminconsent"), "{}", init.err);
}

#[test]
fn an_existing_file_is_never_replaced_and_keeps_every_byte() {
    let world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
    let former = "\u{feff}# ours \r\n".to_owned() + &services(&world.sandbox.config()).replace('\n', "\r\n");
    let alder = "\r\n[[company]]\r\nname = \"Our Alder\" # as we say\r\ncloudradial = 20\r\npsa = 240\r\ntenant = \"alder.example\"";
    let former = former + alder;
    fs::write(world.config(), &former).expect("a writable folder");
    for args in [&["init", "--yes-exact"][..], &["init", "--yes-exact", "--print"]] {
        let refused = world.run(args);
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(
            refused.err.contains("has companies already") && refused.err.contains("--add"),
            "{}",
            refused.err
        );
        assert_eq!(file(&world), former);
    }
    let added = world.run(&["init", "--yes-exact", "--add"]);
    assert_eq!(added.code, 0, "{}", added.err);
    let now = file(&world);
    assert!(now.starts_with(&former), "{now}");
    let names: Vec<String> =
        companies(now.trim_start_matches('\u{feff}')).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["Our Alder", "Birch"]);
    assert_eq!(now.matches('\n').count(), now.matches("\r\n").count(), "one sort of line ends");
    let again = world.run(&["init", "--yes-exact", "--add"]);
    assert_eq!((again.code, file(&world)), (0, now), "{}", again.err);
    assert!(
        again.err.contains("Nothing was written: all 2 companies are in the file already."),
        "{}",
        again.err
    );
}

#[test]
fn a_secret_in_the_place_of_the_application_id_is_refused_and_not_repeated() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    let config: toml::Table = world.sandbox.config().parse().expect("TOML");
    let value = |key: &str| config["microsoft365"][key].as_str().expect("a text").to_owned();
    let text = services(&world.sandbox.config());
    let (before, rest) = text.split_once("[microsoft365]\n").expect("a table");
    let rest = rest.split_once("\n\n").expect("more tables").1;
    fs::write(world.config(), format!("{before}{rest}")).expect("a writable folder");
    let pasted = "qT78Q~s3cret.value";
    let typed = format!("{pasted}\n{}\n{}\n{}\n", value("client-id"), value("login-url"), value("base-url"));
    let (init, _) = wizard(&world, &[], &typed, choosing(&["another one", "Yes, write"]));
    assert_eq!(init.code, 0, "{}", init.err);
    assert!(init.err.contains("That is not an id: "), "{}", init.err);
    assert!(!init.err.contains(pasted) && !file(&world).contains(pasted), "{}", init.err);
    // The same in a file is a mistake, which does not repeat it either.
    world.configure(|text| text.replace(&value("client-id"), pasted));
    let diff = world.run(&["diff"]);
    assert!(diff.code == 2 && diff.err.contains("is not an application id"), "{}", diff.err);
    assert!(!diff.err.contains(pasted), "{}", diff.err);
}

#[test]
fn an_application_that_no_tenant_knows_is_told_once_and_the_links_are_in_the_file() {
    let world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
    let tenants = ["a1de0001-0000-4000-8000-000000000020", "a1de0001-0000-4000-8000-000000000021"];
    world.edit(|state| state["entra"]["unconsented"] = json!(tenants));
    world.configure(|text| services(&text));
    let init = world.run(&["init", "--yes-exact"]);
    assert_eq!(init.code, 0, "{}", init.err);
    assert!(init.err.contains("none of the 2 tenants accepts the application"), "{}", init.err);
    assert!(init.err.contains("check the application (client) id first"), "{}", init.err);
    assert!(!init.err.contains("adminconsent"), "{}", init.err);
    assert_eq!(file(&world).matches("adminconsent").count(), 2);
}

#[test]
fn a_company_that_the_portal_lacks_and_a_shared_tenant_are_said() {
    let world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
    world.edit(|state| {
        state["cloudradial"]["companies"].as_object_mut().expect("companies by id").remove("21");
    });
    world.configure(|text| services(&text));
    let init = world.run(&["init", "--yes-exact", "--print"]);
    assert!(init.err.contains("not in the portal, or linked to nothing there: Birch\n"), "{}", init.err);
    assert!(init.err.contains("; the portal is linked to this PSA company; "), "{}", init.err);

    let world = World::small();
    world.configure(|text| services(&text));
    let init = world.run(&["init", "--yes-exact", "--print"]);
    let told = "shares the tenant with Tailspin Toys: its people are those at wingtip.example";
    assert!(init.err.contains(told), "{}", init.err);
}

#[test]
fn the_answers_of_one_service_can_be_changed_at_the_last_question() {
    let mut world = World::of(&[client("Alder", 20, 2, "")]);
    let portal: Vec<String> = ["CRSYNC_CLOUDRADIAL_PUBLIC_KEY", "CRSYNC_CLOUDRADIAL_PRIVATE_KEY"]
        .iter()
        .map(|name| world.env.remove(*name).expect("a secret"))
        .collect();
    let address = format!("{}/cloudradial", world.sandbox.url());
    world
        .configure(|text| services(&text).replace(&format!("[cloudradial]\nbase-url = \"{address}\"\n"), ""));
    let once = format!("{address}\n{}\n{}\n", portal[0], portal[1]);
    let mut changed = false;
    let (init, asked) = wizard(&world, &[], &once.repeat(2), move |question, items| {
        let wanted = match question {
            _ if question.starts_with("Write the configuration") && !changed => {
                changed = true;
                "Change the answers of CloudRadial"
            }
            _ if question.starts_with("Write the configuration") => "Yes, write",
            _ if question.starts_with("Where the secrets") => "in private files",
            _ => "another one",
        };
        items.iter().position(|item| item.starts_with(wanted))
    });
    assert_eq!(init.code, 0, "{}", init.err);
    let questions: Vec<&str> = asked.iter().map(|(question, _)| question.as_str()).collect();
    let once = [
        "Region of your CloudRadial",
        "Where the secrets of cloudradial are kept",
        "Write the configuration with 1 new company",
    ];
    assert_eq!(questions, once.repeat(2));
    assert_eq!(file(&world).matches("[cloudradial]").count(), 1, "{}", file(&world));
    assert_eq!(companies(&file(&world)).len(), 1);
    assert!(
        init.err.contains("next: `crsync doctor` checks all of it, then `crsync diff` shows"),
        "{}",
        init.err
    );
}

#[test]
fn what_is_missing_is_named_where_no_person_can_be_asked() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    fs::remove_file(world.config()).expect("a file");
    let none = world.run(&["init", "--yes-exact"]);
    assert!(none.code == 2 && none.err.contains("no PSA is chosen"), "{}", none.err);
    let none = world.run(&["init", "--yes-exact", "--psa", "autotask"]);
    assert!(none.code == 2 && none.err.contains("no table [cloudradial]"), "{}", none.err);
    assert!(!world.config().exists());
    let sandbox = world.run(&["init", "--sandbox", "--yes-exact"]);
    assert!(sandbox.code == 2 && sandbox.err.contains("--print"), "{}", sandbox.err);
}

#[test]
fn the_numbers_of_one_psa_are_not_put_into_a_file_for_another() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    world.configure(|text| services(&text));
    each(|kit| {
        if !kit.is_default() {
            let init = world.run(&["init", "--yes-exact", "--print", "--psa", kit.id]);
            assert!(init.code == 2 && init.err.contains("leave out --psa"), "{}: {}", kit.id, init.err);
        }
    });
}

#[test]
fn what_is_no_toml_is_left_as_it_is() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    fs::write(world.config(), "psa = autotask").expect("a writable folder");
    let init = world.run(&["init", "--yes-exact"]);
    assert!(init.code == 2 && init.err.contains("is not TOML"), "{}", init.err);
    assert_eq!(file(&world), "psa = autotask");
}

#[test]
fn a_wrong_secret_is_asked_for_again_and_the_right_one_is_kept_in_a_private_file() {
    let mut world = World::of(&[client("Alder", 20, 2, "")]);
    let portal: Vec<String> = ["CRSYNC_CLOUDRADIAL_PUBLIC_KEY", "CRSYNC_CLOUDRADIAL_PRIVATE_KEY"]
        .iter()
        .map(|name| world.env.remove(*name).expect("a secret"))
        .collect();
    // The table of the portal is asked for as well, and the others stand.
    let text = services(&world.sandbox.config());
    let address = format!("{}/cloudradial", world.sandbox.url());
    fs::write(world.config(), text.replace(&format!("[cloudradial]\nbase-url = \"{address}\"\n"), ""))
        .expect("a writable folder");
    let typed = format!("{address}\n{}\nWr0ng-s3cret\n{}\n{}\n", portal[0], portal[0], portal[1]);
    let words = &["another one", "in private files", "Type the secrets again", "Yes, write"];
    let (init, asked) = wizard(&world, &[], &typed, choosing(words));
    assert_eq!(init.code, 0, "{}", init.err);
    assert!(init.err.contains("CloudRadial: accepted") && !init.err.contains("Wr0ng-s3cret"), "{}", init.err);
    // Nothing is stored yet that could be stored again.
    assert!(init.err.contains("are not swapped") && !init.err.contains("crsync login"), "{}", init.err);
    let questions: Vec<&str> = asked.iter().map(|(question, _)| question.as_str()).collect();
    assert_eq!(
        questions,
        [
            "Region of your CloudRadial",
            "Where the secrets of cloudradial are kept",
            "CloudRadial did not accept this",
            "Write the configuration with 1 new company",
        ],
        "configured services are not asked for"
    );
    let secret = world.path("secrets/cloudradial-private-key");
    assert_eq!(fs::read_to_string(&secret).expect("a file"), portal[1]);
    #[cfg(unix)]
    for path in [&secret, &world.config()] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    assert!(!file(&world).contains(&portal[1]));
    let diff = world.run(&["diff"]);
    assert_eq!(diff.code, 0, "{}", diff.err);
}

#[test]
fn a_wrong_secret_of_a_configured_service_is_asked_for_again_too() {
    let mut world = World::of(&[client("Alder", 20, 2, "")]);
    let names = ["CRSYNC_MICROSOFT365_CLIENT_SECRET", "CRSYNC_AUTOTASK_SECRET"];
    let [microsoft, psa] = names.map(|name| world.env.remove(name).expect("a secret"));
    world.configure(|text| services(&text));
    let former = file(&world);
    let typed = format!("Wr0ng-s3cret\n{psa}\nWr0ng-s3cret\n{microsoft}\n");
    let words = &["in environment variables", "Type the secrets again", "Yes, write"];
    let (init, asked) = wizard(&world, &[], &typed, choosing(words));
    assert_eq!(init.code, 0, "{}", init.err);
    let refused = asked.iter().filter(|(question, _)| question.ends_with("did not accept this")).count();
    assert_eq!(refused, 2, "{asked:?}");
    for name in names {
        assert!(init.err.contains(&format!("set {name} for every run")), "{}", init.err);
    }
    assert!(file(&world).starts_with(&former), "a table that is there is not touched");
}

#[test]
fn a_long_list_of_companies_is_read_to_its_end() {
    let many: Vec<String> =
        (20..540).map(|number| client(&format!("Client{number}"), number, 0, "")).collect();
    let world = World::of(&many);
    each(|kit| {
        world.configure(|text| services_of(kit, &text));
        let init = world.run(&["init", "--yes-exact", "--print"]);
        let found = companies(&init.out);
        assert_eq!(found.len(), many.len(), "{}: {}", kit.id, init.err);
        assert!(found.iter().all(is_right), "{}", kit.id);
    });
}

#[test]
fn a_file_that_cannot_be_written_is_said_before_the_first_question_and_request() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    world.configure(|text| services(&text));
    let former = file(&world);
    let names = || {
        let folder = world.config().parent().expect("a folder").to_owned();
        let entries =
            fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.collect::<std::collections::BTreeSet<_>>()
    };
    // A folder cannot be made where a file is, whatever the account may do.
    let nowhere = world.config().join("crsync.toml").display().to_string();
    let (refused, asked) = wizard(&world, &["--file", &nowhere, "--psa", "autotask"], "", |_, _| None);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("cannot be written, so nothing was done"), "{}", refused.err);
    let mut permissions = fs::metadata(world.config()).expect("a file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(world.config(), permissions).expect("our own file");
    let before = names();
    let (read_only, more) = wizard(&world, &[], "", |_, _| None);
    assert_eq!(read_only.code, 2, "{}", read_only.err);
    assert!(read_only.err.contains("because: it is read-only"), "{}", read_only.err);
    assert_eq!((asked, more), (Questions::new(), Questions::new()));
    assert_eq!(world.sandbox.requests(), []);
    // What is printed is written nowhere, and a folder that is missing is made only with the file.
    assert_eq!(world.run(&["init", "--yes-exact", "--print"]).code, 0);
    let later = world.path("later").join("crsync.toml").display().to_string();
    let (open, _) = wizard(&world, &["--file", &later, "--psa", "autotask"], "", |_, _| None);
    assert_eq!(open.code, 130, "the first question came: {}", open.err);
    assert_eq!((names(), file(&world)), (before, former));
}

#[test]
fn a_person_who_turns_away_finds_nothing_written() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    world.configure(|text| services(&text));
    let former = file(&world);
    let (init, _) = wizard(&world, &[], "", choosing(&["No, write nothing"]));
    assert!(init.code == 0 && init.err.contains("Nothing was written."), "{}", init.err);
    assert_eq!(file(&world), former);
}

#[test]
fn what_is_in_doubt_is_asked_about_and_left_out_by_default() {
    let world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
    world.edit(|state| state["cloudradial"]["companies"]["21"]["psaKey"] = json!(240));
    world.configure(|text| services(&text));
    let (init, asked) = wizard(&world, &["--print"], "", |_, _| Some(0));
    assert_eq!(companies(&init.out), [], "{}", init.out);
    let alder = asked.iter().find(|(question, _)| question.contains("Alder")).expect("a question");
    assert_eq!(alder.1[0], "Leave it out");
    assert!(alder.1[1].starts_with("Autotask 240 Alder, tenant Alder: "), "{alder:?}");
    assert!(init.out.contains("company 240 is linked to Birch as well"), "{}", init.out);
}

#[test]
fn nothing_is_written_to_any_service() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    world.configure(|text| services(&text));
    let init = world.run(&["init", "--yes-exact"]);
    assert_eq!(init.code, 0, "{}", init.err);
    assert_eq!(world.writes().iter().map(|seen| seen.path.clone()).collect::<Vec<_>>(), Vec::<String>::new());
    let photos = world.sandbox.requests().iter().filter(|seen| seen.system == System::GRAPH).count();
    assert_eq!(photos, 1, "one organization, and no users");
}

#[test]
fn the_secrets_stay_out_of_what_is_printed() {
    let world = World::of(&[client("Alder", 20, 2, "")]);
    world.configure(|text| services(&text));
    let init = world.run(&["init", "--yes-exact", "--print"]);
    let secrets: BTreeMap<&str, String> = world.sandbox.secrets().into_iter().collect();
    for (name, secret) in secrets {
        // Ids that the configuration holds anyway are short words of the sandbox.
        assert!(!init.out.contains(&secret) && !init.err.contains(&secret), "{name}");
    }
}
