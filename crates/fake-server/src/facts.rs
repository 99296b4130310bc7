//! Documents of 2 kB with four facts each.

use crate::draw::Draw;

/// Facts of a document, and so questions about it.
pub const N_FACTS: usize = 4;
/// A document begins with it and with its number.
pub(crate) const MARK: &str = "DOCID:";
/// Filler is added until there is so much of it, in bytes.
const FILLER: usize = 1_500;

const PLACES: [&str; 20] = [
    "northern",
    "southern",
    "upper",
    "lower",
    "primary",
    "secondary",
    "older",
    "newer",
    "left",
    "right",
    "inner",
    "outer",
    "main",
    "spare",
    "green",
    "grey",
    "narrow",
    "wide",
    "eastern",
    "western",
];
const MACHINES: [&str; 20] = [
    "reactor",
    "turbine",
    "kiln",
    "furnace",
    "compressor",
    "condenser",
    "gearbox",
    "laser",
    "magnet",
    "antenna",
    "boiler",
    "crusher",
    "press",
    "mill",
    "forge",
    "oven",
    "pump",
    "engine",
    "mixer",
    "dryer",
];
const SITES: [&str; 20] = [
    "valley",
    "harbour",
    "quarry",
    "foundry",
    "refinery",
    "brewery",
    "bakery",
    "observatory",
    "hospital",
    "laboratory",
    "shipyard",
    "depot",
    "airfield",
    "tannery",
    "sawmill",
    "cannery",
    "dairy",
    "vineyard",
    "orchard",
    "museum",
];
pub(crate) const STATES: [&str; 12] = [
    "chilled",
    "filtered",
    "pressurised",
    "recycled",
    "mineral",
    "distilled",
    "salted",
    "circulating",
    "degassed",
    "cold",
    "treated",
    "glycol",
];
pub(crate) const FLUIDS: [&str; 12] = [
    "water", "brine", "oil", "nitrogen", "helium", "ammonia", "air", "steam", "propane", "freon",
    "argon", "methanol",
];

/// The text of a document, the same for the same number.
pub fn document(number: u64) -> String {
    let mut draw = Draw::new(number);
    let mut sentences = Vec::new();
    while sentences.iter().map(String::len).sum::<usize>() < FILLER {
        sentences.push(filler(&mut draw));
    }
    for n in 0..N_FACTS {
        let place = draw.below(sentences.len() + 1);
        sentences.insert(place, fact(number, n, &mut draw));
    }
    format!(
        "{MARK}{number} Notes on plant {number}. {}\n",
        sentences.join(" ")
    )
}

fn fact(number: u64, n: usize, draw: &mut Draw) -> String {
    let mut one_of = |words: &[&'static str]| words[draw.below(words.len())];
    let (place, machine, site) = (one_of(&PLACES), one_of(&MACHINES), one_of(&SITES));
    let (state, fluid) = (one_of(&STATES), one_of(&FLUIDS));
    format!("The {place} {machine} {number}-{n} of the {site} is cooled by {state} {fluid}.")
}

fn filler(draw: &mut Draw) -> String {
    let (place, site) = (
        PLACES[draw.below(PLACES.len())],
        SITES[draw.below(SITES.len())],
    );
    match draw.below(4) {
        0 => format!(
            "Operators inspect the loop every {} days and note it in the {site} ledger.",
            2 + draw.below(30)
        ),
        1 => format!("The {site} crew replaces worn seals before the {place} season begins."),
        2 => format!("Visitors reach the site by the {place} road of the {site}."),
        _ => format!("Spare parts for the {place} loop are kept at the {site}."),
    }
}
