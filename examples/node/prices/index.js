import Decimal from "decimal.js";

const prices = { tea: "2.10", cake: "3.35" };

export const total = (items) => items.reduce((sum, item) => sum.plus(prices[item] ?? 0), new Decimal(0)).toFixed(2);
