const tides = [
  { hour: 0, height: 2.50, comment: "the water is rising" },
  { hour: 1, height: 3.41, comment: "the water is rising" },
  { hour: 2, height: 4.06, comment: "the water is rising" },
  { hour: 3, height: 4.30, comment: "the water is falling" },
  { hour: 4, height: 4.06, comment: "the water is falling" },
  { hour: 5, height: 3.41, comment: "the water is falling" },
  { hour: 6, height: 2.50, comment: "the water is falling" },
  { hour: 7, height: 1.56, comment: "the water is falling" },
  { hour: 8, height: 0.84, comment: "the water is falling" },
  { hour: 9, height: 0.51, comment: "the water is falling" },
  { hour: 10, height: 0.65, comment: "the water is rising" },
  { hour: 11, height: 1.24, comment: "the water is rising" },
  { hour: 12, height: 2.11, comment: "the water is rising" },
  { hour: 13, height: 3.06, comment: "the water is rising" },
  { hour: 14, height: 3.84, comment: "the water is rising" },
  { hour: 15, height: 4.26, comment: "the water is rising" },
  { hour: 16, height: 4.21, comment: "the water is falling" },
  { hour: 17, height: 3.71, comment: "the water is falling" },
  { hour: 18, height: 2.88, comment: "the water is falling" },
  { hour: 19, height: 1.92, comment: "the water is falling" },
  { hour: 20, height: 1.09, comment: "the water is falling" },
  { hour: 21, height: 0.59, comment: "the water is falling" },
  { hour: 22, height: 0.54, comment: "the water is rising" },
  { hour: 23, height: 0.96, comment: "the water is rising" },
];

function row(tide) {
  const row = document.createElement("tr");
  for (const text of [`${tide.hour}:00`, `${tide.height} m`, tide.comment]) {
    row.append(Object.assign(document.createElement("td"), { textContent: text }));
  }
  return row;
}

document.querySelector("#greeting").textContent = window.ENV.GREETING ?? "Good day";
document.querySelector("#page").textContent = location.pathname;
document.querySelector("#tides").append(...tides.map(row));
//# sourceMappingURL=app-9b2d07e1.js.map
