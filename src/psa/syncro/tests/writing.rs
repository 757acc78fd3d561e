//! Writing contacts and customers.

use super::*;

#[test]
fn an_update_sends_name_and_customer_and_what_changes_and_nothing_else() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let changes = [(Field::Phone, "+1 555 0199"), (Field::Mobile, "")];
    let written = write(&client, RecordKind::Contact, Some(&current), &changes).expect("written");
    assert_eq!(
        account.sent(1),
        json!({"customer_id": 1, "name": "Ann7 Lee", "phone": "+1 555 0199", "mobile": ""})
    );
    assert_eq!((written.attempts, written.request_id.as_deref()), (1, Some("r-1")));
    let shown = written.shown.expect("all of it");
    assert_eq!(shown.fields.text(Field::Phone), Some("+1 555 0199"));
}

#[test]
fn properties_go_back_whole_with_only_the_changed_ones_replaced() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let (pin, id) = (Field::Udf(Udf::SupportPin), Field::Udf(Udf::Office365Id));
    let changes = [(Field::Title, ""), (pin, "77"), (id, "guid-1")];
    write(&client, RecordKind::Contact, Some(&current), &changes).expect("written");
    assert_eq!(
        account.asked()[1..],
        ["GET /contacts?page=1", "PUT /contacts/7"],
        "how is office365ID spelled?"
    );
    assert_eq!(
        account.sent(2)["properties"],
        json!({"title": "", "supportpin": "77", "Dog": 7, "notification_billing": null, "Opted": false, "office365ID": "guid-1"})
    );
}

#[test]
fn half_a_name_is_written_with_the_other_half_of_the_record() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let written = write(&client, RecordKind::Contact, Some(&current), &[(Field::LastName, "van Berg")]);
    assert_eq!(account.sent(1)["name"], "Ann7 van Berg");
    let shown = written.expect("written").shown.expect("all of it");
    assert_eq!(shown.fields.text(Field::LastName), Some("van Berg"));
    let nameless =
        write(&client, RecordKind::Contact, Some(&current), &[(Field::FirstName, ""), (Field::LastName, "")]);
    assert!(nameless.expect_err("no name").message().contains("needs a name"));
}

#[test]
fn a_field_that_syncro_does_not_have_is_refused_before_anything_is_sent() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    for (field, text) in
        [(Field::Active, "false"), (Field::Country, "Norway"), (Field::Udf(Udf::Tenant365Id), "t")]
    {
        let error =
            write(&client, RecordKind::Contact, Some(&current), &[(field, text)]).expect_err("refused");
        assert_eq!((error.kind(), error.sent()), (Kind::Usage, 0), "{field}");
    }
    assert_eq!(account.asked().len(), 1);
}

#[test]
fn the_tenants_id_is_written_only_where_the_settings_want_it() {
    let mut account = Account::start(one_record);
    let tenant = [(Field::Udf(Udf::Tenant365Id), "t-1")];
    let client = account.client();
    let current = now(&client, RecordKind::PsaCompany, 1);
    assert!(write(&client, RecordKind::PsaCompany, Some(&current), &tenant).is_err());
    account.settings.company_udf = true;
    let client = account.client();
    let current = now(&client, RecordKind::PsaCompany, 1);
    assert_eq!(current.fields.get(tenant[0].0), model::Value::Empty);
    let written = write(&client, RecordKind::PsaCompany, Some(&current), &tenant).expect("written");
    assert_eq!(account.sent(2), json!({"properties": {"notification_email": "1", "Tenant365Id": "t-1"}}));
    assert_eq!(written.shown.expect("shown").fields.text(tenant[0].0), Some("t-1"));
}

const NEW: [(Field, &str); 5] = [
    (Field::FirstName, "Mary Ann"),
    (Field::LastName, "Lee"),
    (Field::Email, "mary@contoso.example"),
    (Field::Phone, ""),
    (Field::Title, "Head"),
];

#[test]
fn a_new_contact_takes_one_request_where_its_properties_are_accepted() {
    let account = Account::start(|line, body| {
        let mut made = body.clone();
        made["id"] = json!(90);
        if line == "POST /contacts" { ok(&made) } else { not_found() }
    });
    let written = write(&account.client(), RecordKind::Contact, None, &NEW).expect("made");
    assert_eq!((written.id, written.attempts, account.asked().len()), (Id::from(90), 1, 1));
    assert_eq!(
        account.sent(0),
        json!({"customer_id": 1, "name": "Mary Ann Lee", "email": "mary@contoso.example", "properties": {"title": "Head"}})
    );
}

#[test]
fn what_a_new_contact_lacks_is_written_once_more() {
    let account = Account::start(|line, body| match line {
        "POST /contacts" => {
            ok(&json!({"id": 90, "customer_id": 1, "name": body["name"], "properties": {"Dog": "x"}}))
        }
        "PUT /contacts/90" => {
            ok(&json!({"id": 90, "customer_id": 1, "name": body["name"], "properties": body["properties"]}))
        }
        _ => not_found(),
    });
    let written = write(&account.client(), RecordKind::Contact, None, &NEW).expect("made");
    assert_eq!(account.asked(), ["POST /contacts", "PUT /contacts/90"]);
    assert_eq!(
        account.sent(1),
        json!({"customer_id": 1, "name": "Mary Ann Lee", "properties": {"Dog": "x", "title": "Head"}})
    );
    assert_eq!((written.id, written.attempts), (Id::from(90), 2));
    assert_eq!(written.shown.expect("shown").fields.text(Field::Title), Some("Head"));
}

#[test]
fn a_create_that_failed_half_way_says_which_contact_there_is() {
    let account = Account::start(|line, _| match line {
        "POST /contacts" => {
            ok(&json!({"id": 90, "customer_id": 1, "name": "Mary Ann Lee", "properties": {}}))
        }
        _ => (422, json!({"success": false, "message": ["Title is too long"], "params": {}}).to_string()),
    });
    let error = write(&account.client(), RecordKind::Contact, None, &NEW).expect_err("half made");
    assert!(
        error.message().starts_with("contact 90 was made without its title and custom fields: "),
        "{error}"
    );
}

#[test]
fn a_create_whose_answer_is_lost_is_not_made_again() {
    for script in [(|_, _| (0, String::new())) as Script, |_, _| (200, String::new())] {
        let account = Account::start(script);
        let error = write(&account.client(), RecordKind::Contact, None, &NEW).expect_err("unknown outcome");
        assert_eq!((account.asked().len(), error.sent()), (1, 1), "{error}");
    }
    let account = Account::start(one_record);
    let nameless = write(&account.client(), RecordKind::Contact, None, &NEW[2..]).expect_err("no name");
    assert_eq!((nameless.sent(), account.asked().len()), (0, 0));
}

#[test]
fn a_write_whose_answer_is_empty_was_made_all_the_same() {
    let account = Account::start(|line, body| match line {
        "PUT /contacts/7" => (200, String::new()),
        _ => one_record(line, body),
    });
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let written =
        write(&client, RecordKind::Contact, Some(&current), &[(Field::City, "Oslo")]).expect("made");
    assert_eq!((written.id, written.shown), (Id::from(7), None));
}

#[test]
fn a_failure_before_a_contact_is_made_leaves_nothing_open() {
    let account = Account::start(|line, _| match line {
        "GET /contacts?page=1" => (503, String::new()),
        _ => not_found(),
    });
    let fields = [(Field::FirstName, "Dee"), (Field::Udf(Udf::SupportPin), "4821")];
    let error = write(&account.client(), RecordKind::Contact, None, &fields).expect_err("not made");
    assert_eq!((error.sent(), error.may_be_done()), (0, false), "{error}");
    assert_eq!(account.asked(), ["GET /contacts?page=1"]);
}

#[test]
fn a_request_that_is_withheld_after_a_contact_was_made_does_not_hide_it() {
    let account = Account::start(|line, _| match line {
        "GET /contacts?page=1" => page("contacts", &[person(9, 5, &json!({}))], 1, 1),
        "POST /contacts" => ok(&person(70, 1, &json!({}))),
        _ => not_found(),
    });
    // The minute has room for one more request, and the run ends before the next minute.
    let deadline = Some(Instant::now() + Duration::from_secs(30));
    let http =
        Http::new(Options { retries: Some(0), deadline, ..Options::default() }).expect("no files are named");
    let client = Syncro::new(&http, account.settings.clone());
    let at = Timestamp::now();
    http.recall(&[Spent { service: "syncro".to_owned(), endpoint: String::new(), at, requests: 169 }]);
    let error =
        write(&client, RecordKind::Contact, None, &[(Field::FirstName, "Dee"), (Field::Title, "Clerk")]);
    let error = error.expect_err("its title is not written");
    assert!(error.message().contains("was made without its title"), "{error}");
    assert_eq!((error.kind(), error.sent(), error.may_be_done()), (Kind::Deadline, 1, true));
    assert_eq!(account.asked(), ["POST /contacts"]);
}
