//! Every layer and optimizer computes what PyTorch recorded, gradients included.
//!
//! The recording is `scripts/reference.py`'s. Another processor chooses other kernels, whose sums
//! run in another order, so floats are compared within a tolerance: 1e-5 of the tensor's largest
//! value. All else (classes, prints, keys) has to be equal.

use std::collections::BTreeSet;

use flambeau::nn::StateDict;
use flambeau::serialize::safetensors;
use flambeau::{Kind, Tensor};
use flambeau_cases as cases;

const FIXTURE: &str = "tests/fixtures/reference.safetensors";
const TOLERANCE: f64 = 1e-5;

fn fixture() -> StateDict {
    safetensors::load_file(FIXTURE).unwrap()
}

#[test]
fn every_case_computes_what_python_recorded() {
    let _generator = crate::seeded(0);
    let fixture = fixture();
    assert_eq!(string(&fixture["torch"]), "2.13.0", "{FIXTURE}: run scripts/reference.py anew");
    let mut wrong = Vec::new();
    for (name, case) in cases::cases() {
        let ours = recorded(&case);
        let prefix = format!("{name}/");
        let theirs = fixture.iter().filter_map(|(k, v)| Some((k.strip_prefix(&prefix)?, v)));
        let differences = compare(&ours, theirs).into_iter();
        wrong.extend(differences.map(|difference| format!("{name}: {difference}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tables_of_cases_have_the_same_names() {
    let _generator = crate::seeded(0);
    let fixture = fixture();
    let recorded: BTreeSet<_> = fixture.keys().filter_map(|k| Some(k.split_once('/')?.0)).collect();
    let ours: BTreeSet<_> = cases::cases().iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, recorded);
}

#[test]
fn a_planted_fault_is_found() {
    let _generator = crate::seeded(0);
    let fixture = fixture();
    let theirs = || fixture.iter().filter_map(|(k, v)| Some((k.strip_prefix("linear/")?, v)));
    let ours = || {
        let (_, case) = cases::cases().swap_remove(0);
        recorded(&case)
    };
    assert_eq!(compare(&ours(), theirs()), Vec::<String>::new());

    let mut wider = ours();
    wider["weight"] = &wider["weight"] * 1.0001;
    let [difference] = &compare(&wider, theirs())[..] else { panic!() };
    assert!(difference.starts_with("weight: differs by"), "{difference}");

    let mut renamed = ours();
    renamed["print"] = Tensor::from_slice(b"Linear()");
    let [difference] = &compare(&renamed, theirs())[..] else { panic!() };
    assert!(difference.starts_with("print: is \"Linear()\", Python's"), "{difference}");

    let mut short = ours();
    short.shift_remove("bias.grad");
    assert_eq!(compare(&short, theirs()), ["bias.grad: missing"]);
}

#[test]
fn planted_faults_are_found() {
    let _generator = crate::seeded(0);
    let fixture = fixture();
    // The tolerance hides what is smaller; `scripts/parity` finds that too.
    for (fault, name, shows, case) in cases::planted::faults(1e-4) {
        let ours = recorded(&case);
        let prefix = format!("{name}/");
        let theirs = fixture.iter().filter_map(|(k, v)| Some((k.strip_prefix(&prefix)?, v)));
        let found = compare(&ours, theirs);
        let shown = found.iter().any(|it| it.starts_with(&format!("{shows}: differs by")));
        assert!(shown, "{fault}, in {shows} of {name}: {found:?}");
    }
}

/// What a case computes, without what `scripts/parity` alone compares.
fn recorded(case: &cases::Case) -> StateDict {
    let mut result = cases::run(case);
    let live_alone = ["rng_state", "images", "late."];
    result.retain(|key, _| !live_alone.iter().any(|name| key.starts_with(name)));
    result
}

/// What differs, where and by how much.
fn compare<'a>(
    ours: &StateDict,
    recorded: impl Iterator<Item = (&'a str, &'a Tensor)>,
) -> Vec<String> {
    let recorded: StateDict = recorded.map(|(k, v)| (k.to_string(), v.shallow_clone())).collect();
    let mut differences = Vec::new();
    for (key, theirs) in &recorded {
        match ours.get(key) {
            None => differences.push(format!("{key}: missing")),
            Some(ours) => differences.extend(differs(ours, theirs).map(|d| format!("{key}: {d}"))),
        }
    }
    let more = ours.keys().filter(|key| !recorded.contains_key(*key));
    differences.extend(more.map(|key| format!("{key}: Python has none")));
    differences
}

fn differs(ours: &Tensor, theirs: &Tensor) -> Option<String> {
    // A vector of bytes is a text; more dimensions make an image.
    let is_text = |t: &Tensor| t.kind() == Kind::Uint8 && t.dim() == 1;
    if is_text(ours) && is_text(theirs) {
        let (ours, theirs) = (string(ours), string(theirs));
        return (ours != theirs).then(|| format!("is {ours:?}, Python's {theirs:?}"));
    }
    if (ours.size(), ours.kind()) != (theirs.size(), theirs.kind()) {
        return Some(format!("is {ours:?}, Python's {theirs:?}"));
    }
    match ours.kind() {
        Kind::Float | Kind::Double if ours.numel() > 0 => {
            let (ours_finite, theirs_finite) = (ours.isfinite(), theirs.isfinite());
            let zero = ours.zeros_like();
            // What is infinite or not a number is so on both sides, by itself.
            let odd = |t: &Tensor, finite: &Tensor| zero.where_self(finite, t);
            let (odd_ours, odd_theirs) = (odd(ours, &ours_finite), odd(theirs, &theirs_finite));
            if odd_ours.isclose(&odd_theirs, 0.0, 0.0, true).all().int64_value(&[]) == 0 {
                return Some("differs by what is infinite or not a number".into());
            }
            let [ours, theirs] = [(ours, &ours_finite), (theirs, &theirs_finite)]
                .map(|(t, finite)| t.where_self(finite, &zero));
            let largest = theirs.abs().max().double_value(&[]);
            let difference = (ours - theirs).abs().max().double_value(&[]);
            let close = difference <= TOLERANCE * largest;
            (!close).then(|| format!("differs by {difference:e} where the largest is {largest:e}"))
        }
        _ if ours != theirs => Some(format!("is {ours:?}, Python's {theirs:?}")),
        _ => None,
    }
}

/// The string that Python's `text` made a tensor of.
fn string(tensor: &Tensor) -> String {
    let bytes = Vec::<u8>::try_from(tensor).expect("a vector of bytes");
    String::from_utf8(bytes).expect("text")
}
