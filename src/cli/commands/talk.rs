//! One sitting of `crsync match --resolve` with a person: what is asked, kept, taken back, and offered for others like it.

use std::collections::BTreeSet;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::io::{Io, OUTPUT};
use crate::cli::say;
use crate::config::{Decided, DecisionFile, Entry, Kept};
use crate::plan::{Candidate, Choice, CompanyPeople, Kin, Matter, Offer, Passed, Pattern, Question, Ruling};
use crate::reconcile::{self, CompanyInput, Decision, Input};
use crate::report::{self, Look};
use crate::text::show::count;

/// What became of a question.
pub(super) enum Asked {
    /// An answer was written.
    Answered,
    /// It stays open.
    Skipped,
    /// The person wants to see the question before once more.
    Back,
    /// The person wants no more questions.
    Over,
}

/// A question that was answered or skipped, with what it takes to go back.
struct Step {
    /// What the file held before.
    kept: Kept,
    /// What was passed before.
    passed: Passed,
    /// How many decisions were written.
    decided: usize,
    /// The tenants that they are about.
    tenants: BTreeSet<String>,
    /// What kind of question got what kind of answer, where one was given by itself.
    answer: Option<(Kin, Pattern)>,
}

/// After so many answers of one kind to questions of one kind, the same is offered for all others of that kind.
const ALIKE: usize = 2;

/// One sitting with a person.
pub(super) struct Talk<'a> {
    file: DecisionFile,
    input: Input<'a>,
    /// Who is who, with what was decided so far.
    pub(super) people: Vec<CompanyPeople>,
    who: String,
    passed: Passed,
    look: Look<'a>,
    /// What was answered and skipped, in order.
    steps: Vec<Step>,
    /// The answers that the person does not want to give to others at once.
    alone: Vec<(Kin, Pattern)>,
}

impl<'a> Talk<'a> {
    /// Begins to ask about `people`, who are those of `input`, for the file; `who` answers.
    pub(super) fn new(
        file: DecisionFile,
        input: Input<'a>,
        people: Vec<CompanyPeople>,
        who: String,
        look: Look<'a>,
    ) -> Self {
        let passed = Passed::default();
        Self { file, input, people, who, passed, look, steps: Vec::new(), alone: Vec::new() }
    }

    /// Returns where the file is.
    pub(super) fn path(&self) -> String {
        report::clean(&self.file.path().display().to_string())
    }

    /// Returns how many decisions were written and not taken back.
    pub(super) fn decided(&self) -> usize {
        self.steps.iter().map(|step| step.decided).sum()
    }

    /// Returns what is still to be asked.
    pub(super) fn questions(&self) -> Vec<Question> {
        self.open(&self.passed)
    }

    /// Returns what is open besides what was `passed`, each thing once: conflicts before people who are alone.
    pub(super) fn open(&self, passed: &Passed) -> Vec<Question> {
        let mut open: Vec<Question> = self.people.iter().flat_map(reconcile::questions).collect();
        open.sort_by_key(|question| matches!(question.matter, Matter::Alone(_)));
        let mut passed = passed.clone();
        open.retain(|question| {
            let new = !passed.has(question);
            passed.pass(question);
            new
        });
        open
    }

    /// Reports whether the question is still open, and about the same.
    fn is_open(&self, question: &Question) -> bool {
        let own = self.people.iter().find(|people| people.name == question.company);
        let is_asked = own.is_some_and(|own| reconcile::questions(own).contains(question));
        is_asked && !self.passed.has(question)
    }

    /// Returns the company of a question.
    fn company(&self, question: &Question) -> Option<&'a CompanyInput> {
        self.input.companies.iter().find(|company| company.company.name == question.company)
    }

    /// Returns what can be answered, without asking about the records of `past` by themselves.
    fn offer(&self, company: &CompanyInput, question: &Question, past: &[Candidate]) -> Offer {
        let decisions = self.file.decisions();
        let input = Input { decisions: &decisions, ..self.input };
        reconcile::answers(&input, company, question, past)
    }

    /// Returns the entry of the file that an answer contradicts.
    fn against(&self, company: &CompanyInput, answer: &Choice) -> Option<&Entry> {
        let earlier = self.file.entries().iter().map(|entry| entry.decision.clone());
        reconcile::contradiction(company, earlier, answer).map(|at| &self.file.entries()[at])
    }

    /// Returns what it takes to go back to here.
    fn step(&self) -> Step {
        let (kept, passed) = (self.file.keep(), self.passed.clone());
        Step { kept, passed, decided: 0, tenants: BTreeSet::new(), answer: None }
    }

    /// Asks one question.
    ///
    /// # Errors
    /// A terminal that is gone, and what keeps the answer from being written.
    pub(super) fn ask(&mut self, question: &Question, prompt: &str, io: &mut Io) -> Result<Asked> {
        let Some(company) = self.company(question) else {
            self.passed.pass(question);
            return Ok(Asked::Skipped);
        };
        let mut text = vec![b'\n'];
        report::question(&mut text, question, &reconcile::beside(company, question), self.look)
            .context(OUTPUT)?;
        io.stderr().write_all(&text).context(OUTPUT)?;
        let is_known = question.records().into_iter().any(|one| self.passed.unknown().contains(one));
        let mut is_skipped = false;
        loop {
            let offer = self.offer(company, question, self.passed.unknown());
            // All were asked about by themselves, and all were skipped.
            let is_over = is_skipped || (offer.choices.is_empty() && is_known);
            if is_over && offer.about.is_none() {
                return Ok(self.skip(question));
            }
            if let Some(about) = &offer.about {
                let mut text = Vec::new();
                report::one_at_a_time(&mut text, question, about, self.look).context(OUTPUT)?;
                io.stderr().write_all(&text).context(OUTPUT)?;
            }
            if let Some(asked) = self.ask_one(company, question, &offer, prompt, io)? {
                return Ok(asked);
            }
            offer.about.into_iter().for_each(|about| self.passed.pass_over(about));
            is_skipped = true;
        }
    }

    /// Leaves a question open.
    fn skip(&mut self, question: &Question) -> Asked {
        let step = self.step();
        self.passed.pass(question);
        self.steps.push(step);
        Asked::Skipped
    }

    /// Asks what `offer` offers; nothing is returned where the record that it is about was skipped, and another one may
    /// be asked about.
    fn ask_one(
        &mut self,
        company: &CompanyInput,
        question: &Question,
        offer: &Offer,
        prompt: &str,
        io: &mut Io,
    ) -> Result<Option<Asked>> {
        let answers = &offer.choices;
        // A list has two columns before every line, and a line that is full wraps on some terminals.
        let width = self.look.width.saturating_sub(3);
        let mut items = vec!["Skip this one".to_owned()];
        items.extend(answers.iter().map(|answer| report::answer(question, answer, width)));
        let mut keys = vec![('s', 0)];
        if offer.about.is_some() {
            keys.push(('a', items.len()));
            items.push("Skip all of these (a)".to_owned());
        }
        if !self.steps.is_empty() {
            keys.push(('b', items.len()));
            items.push("Go back to the question before (b)".to_owned());
        }
        items.push("Stop asking".to_owned());
        loop {
            let chosen = io.choose_by(prompt, &items, &keys)?;
            let is_key = |key: char| chosen.is_some_and(|place| keys.contains(&(key, place)));
            if is_key('b') {
                return Ok(Some(Asked::Back));
            }
            if is_key('a') {
                return Ok(Some(self.skip(question)));
            }
            let Some(answer) = chosen.filter(|place| *place <= answers.len()) else {
                return Ok(Some(Asked::Over));
            };
            let Some(answer) = answer.checked_sub(1).map(|index| &answers[index]) else {
                return Ok(if offer.about.is_some() { None } else { Some(self.skip(question)) });
            };
            if let Some(earlier) = self.against(company, answer) {
                self.refuse(earlier, io)?;
                continue;
            }
            let mut step = self.step();
            let given = question.pattern(answer).map(|pattern| (question.kin(), pattern));
            // An answer about the first of two that are alike says nothing of another question's first.
            step.answer = given.filter(|(kin, pattern)| kin.singles_out(pattern));
            self.keep(company, question, answer, &mut step, io)?;
            self.steps.push(step);
            return Ok(Some(Asked::Answered));
        }
    }

    /// Goes back to the question before: what was written for it is taken out of the file.
    ///
    /// # Errors
    /// What keeps it from being taken out.
    pub(super) fn back(&mut self, io: &mut Io) -> Result<()> {
        let Some(Step { kept, passed, decided, tenants, answer: _ }) = self.steps.pop() else {
            return Ok(());
        };
        let interrupt = io.interrupt();
        interrupt.begin_writing();
        let put_back = self.file.put_back(kept);
        interrupt.end_writing();
        put_back?;
        self.passed = passed;
        for tenant in &tenants {
            self.look_again(tenant);
        }
        if decided > 0 {
            let decisions = several(decided, "decision", "decisions");
            writeln!(io.stderr(), "taken back: {decisions} in {}", self.path()).context(OUTPUT)?;
        }
        Ok(())
    }

    /// Offers the last answer for all open questions of the very same kind, once it was given twice.
    ///
    /// # Errors
    /// The same as those of [`ask`](Self::ask).
    pub(super) fn offer_the_same(&mut self, io: &mut Io) -> Result<()> {
        let given = |step: &Step| step.answer.clone();
        let Some(last) = self.steps.last().and_then(given) else { return Ok(()) };
        let times = self.steps.iter().filter(|step| step.answer.as_ref() == Some(&last)).count();
        if times < ALIKE || self.alone.contains(&last) {
            return Ok(());
        }
        let open = self.questions();
        let like: Vec<(Question, Choice)> = open
            .into_iter()
            .filter_map(|question| self.same(&last, &question).map(|choice| (question, choice)))
            .collect();
        if like.is_empty() {
            return Ok(());
        }
        let mut text = vec![b'\n'];
        report::kindred(&mut text, &like, self.look).context(OUTPUT)?;
        io.stderr().write_all(&text).context(OUTPUT)?;
        let number = count(like.len());
        let items =
            ["No, ask about each (n)".to_owned(), format!("Yes, the same for the {number} like it (y)")];
        if io.choose_by("The same for all of these", &items, &[('n', 0), ('y', 1)])? != Some(1) {
            self.alone.push(last);
            return Ok(());
        }
        let (mut step, interrupt) = (self.step(), io.interrupt());
        for (question, choice) in like {
            let Some(company) = self.company(&question).filter(|_| !interrupt.is_asked()) else { continue };
            // An answer to one may have settled another of its company, or have changed what it is about.
            if self.is_open(&question) && self.against(company, &choice).is_none() {
                self.keep(company, &question, &choice, &mut step, io)?;
            }
        }
        self.steps.push(step);
        Ok(())
    }

    /// Returns the answer to a question that is the same as `given`, if the question is of the same kind and has it.
    fn same(&self, (kin, pattern): &(Kin, Pattern), question: &Question) -> Option<Choice> {
        let company = self.company(question).filter(|_| question.kin() == *kin)?;
        let is_same = |choice: &Choice| question.pattern(choice).as_ref() == Some(pattern);
        let choice = self.offer(company, question, &[]).choices.into_iter().find(is_same)?;
        self.against(company, &choice).is_none().then_some(choice)
    }

    fn refuse(&self, earlier: &Entry, io: &mut Io) -> Result<()> {
        let said = match earlier.decision {
            Decision::Pin(_) => "the pin",
            Decision::Split(_) => "the split",
            Decision::Ignore(_) | Decision::IgnoreRecord(..) => "the ignore",
            Decision::Replaced(_) => "the company",
        };
        say::complain(
            io,
            &format!("nothing was written: that contradicts {said} at {}:{}", self.path(), earlier.line),
            Some("take that entry out of the file first, or give another answer"),
        )
    }

    /// Writes an answer, and adds it to the step.
    fn keep(
        &mut self,
        company: &CompanyInput,
        question: &Question,
        answer: &Choice,
        step: &mut Step,
        io: &mut Io,
    ) -> Result<()> {
        let decided = |ruling: &Ruling| Decided {
            decision: ruling.into(),
            remark: report::remark(&company.company.name, ruling),
        };
        let decided: Vec<Decided> = answer.rulings.iter().map(decided).collect();
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let first = self.file.entries().len();
        // An interrupt now would leave half of it beside the file.
        let interrupt = io.interrupt();
        interrupt.begin_writing();
        let added = self.file.add(&decided, &self.who, today);
        interrupt.end_writing();
        added?;
        step.decided += decided.len();
        step.tenants.insert(company.tenant_id.clone());
        self.passed.answer(question, answer);
        self.look_again(&company.tenant_id);
        let line = self.file.entries().get(first).map_or(0, |entry| entry.line);
        writeln!(io.stderr(), "written: {}:{line}", self.path()).context(OUTPUT)
    }

    /// Links again the companies that a decision can have changed: those of the tenant.
    fn look_again(&mut self, tenant: &str) {
        let decisions = self.file.decisions();
        for company in self.input.companies.iter().filter(|company| company.tenant_id == tenant) {
            let own = std::slice::from_ref(company);
            let input = Input { decisions: &decisions, companies: own, ..self.input };
            for table in reconcile::link(&input).people() {
                self.people
                    .iter_mut()
                    .filter(|old| old.name == table.name)
                    .for_each(|old| *old = table.clone());
            }
        }
    }
}

/// Returns a number with the word for what it counts.
pub(super) fn several(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}
