"use strict";
(() => {
  const data = JSON.parse(document.getElementById("replay-data").textContent);
  const slider = document.getElementById("replay-time");
  const now = document.getElementById("replay-now");
  const view = document.getElementById("replay-view");

  const before = (time, moment) => time !== null && time <= moment;

  function inVault(lease, moment) {
    if (!before(lease.issued, moment)) return "not issued yet";
    if (before(lease.gone, moment)) return "gone: " + lease.how;
    const renewals = lease.renewals.filter((time) => before(time, moment)).length;
    return renewals ? "lives, renewed " + renewals + " ×" : "lives";
  }

  function inAws(lease, moment) {
    if (!before(lease.created, moment)) return "no user yet";
    return before(lease.deleted, moment) ? "deleted" : "user exists";
  }

  function table(caption, heads, rows) {
    const made = document.createElement("table");
    made.className = "table";
    made.createCaption().textContent = caption;
    const head = made.createTHead().insertRow();
    for (const text of heads) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = text;
      head.append(cell);
    }
    const body = made.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const text of row) line.insertCell().textContent = text;
    }
    return made;
  }

  function draw() {
    const moment = Number(slider.value);
    now.textContent = moment.toFixed(2);
    const leases = data.leases.map((lease) => [lease.name, inVault(lease, moment), inAws(lease, moment)]);
    const seen = data.calls.filter(([time]) => before(time, moment)).slice(-6).reverse();
    const calls = seen.map(([time, action, outcome]) => [time.toFixed(2), action, outcome]);
    view.replaceChildren(
      table("At this moment", ["lease", "in Vault", "IAM user in AWS"], leases),
      table("The latest calls that AWS saw", ["second", "call", "answer"], calls),
    );
  }

  slider.min = -0.2;
  slider.max = data.end;
  slider.value = 0;
  slider.addEventListener("input", draw);
  draw();
})();
