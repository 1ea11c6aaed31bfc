// Comfort only: the report is whole without it.
"use strict";
(() => {
  const edits = () => document.querySelectorAll(".edit.on, ins.on");
  // Keep the card of an edit inside the window.
  const place = (edit) => {
    const card = edit.querySelector(".more");
    if (!card || getComputedStyle(card).position === "fixed") return;
    card.style.translate = "none";
    const box = card.getBoundingClientRect();
    const wanted = Math.min(edit.getClientRects()[0].left, innerWidth - box.width - 12);
    card.style.translate = Math.round(Math.max(8, wanted) - box.left) + "px 0";
  };
  const off = () => edits().forEach((one) => one.classList.remove("on"));
  document.addEventListener("focusin", (event) => {
    document.body.classList.remove("quiet");
    const edit = event.target.closest(".edit");
    if (edit) place(edit);
  });
  document.addEventListener("pointerover", (event) => {
    const edit = event.target.closest(".edit");
    const twin = event.target.closest(".right ins");
    if (!edit && !twin) return off();
    document.body.classList.remove("quiet");
    if (edit) {
      if (!edit.classList.contains("on")) off();
      place(edit);
      return;
    }
    off();
    // In the right-hand column: light up the same edit on the left.
    const line = twin.closest(".line");
    const at = [...line.querySelectorAll(".right ins")].indexOf(twin);
    const partner = line.querySelectorAll(".left .edit")[at];
    twin.classList.add("on");
    if (partner) {
      partner.classList.add("on");
      place(partner);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      off();
      document.body.classList.add("quiet");
    }
  });
})();
