//! Money: whole Canadian cents, never a float; rounded in one place alone, where a quantity has decimals.

use std::{iter::Sum, ops::Add};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::quantity::Quantity;
use crate::parse::{
    compare::compare_as_whole,
    decode::{Decode, read_integer},
    fault::{At, Faults},
    json::Node,
};

/// An amount in Canadian cents. A price or tax is 0 to 10^10; a claim's total at most 5 × 10^16,
/// so that sums fit 64 bits.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[schema(value_type = i64, minimum = 0, example = 450000)]
pub struct Cents(i64);

impl Cents {
    /// The highest price, tax or approved amount: 10^10 cents.
    pub const MAX: i64 = 10_000_000_000;

    /// Takes an amount that is known to be valid, such as one read back from the database.
    pub fn from_stored(cents: i64) -> Self {
        Self(cents)
    }

    pub fn get(self) -> i64 {
        self.0
    }

    /// Multiplies by a quantity, and rounds half up to the cent. A price is at most 10^10 cents and a quantity at most
    /// 10^6 hundredths, so this cannot overflow.
    pub fn times(self, quantity: Quantity) -> Self {
        let hundredths = self.0 * i64::from(quantity.hundredths());
        Self((hundredths + 50).div_euclid(100))
    }
}

impl Add for Cents {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl Decode for Cents {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        read_integer(node, 0..=Self::MAX, at, faults).map(Self)
    }
}

compare_as_whole!(Cents);
