// The gallery: asks for every picture as the chosen client would, and asks again while a better file is being made.
import { askForImage } from "./answer.js";
import { Card, formatBytes, percentSaved } from "./card.js";
import { acceptOfClient, detectAccept, noteOfClient } from "./client.js";
import { pictures } from "./pictures.js";

/** @typedef {import("./answer.js").Answer} Answer */

/** Browsers open six connections to a host; more would only wait there, where they cannot be called back. */
const maxParallel = 6;

/**
 * The first encodes are done after a second or two. With an empty cache some wait for others longer than a background
 * job may; an interim answer is kept for a minute, and the request after that starts them again. Eleven delays last for
 * two minutes, so both can be seen.
 */
const maxTries = 12;
const firstDelayMilliseconds = 1000;
const delayGrowth = 1.75;
const maxDelayMilliseconds = 16_000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const template = /** @type {HTMLTemplateElement} */ (byId("card"));
const cards = pictures.map((picture) => new Card(picture, template));
byId("gallery").replaceChildren(...cards.map((card) => card.root));

/** @template {HTMLElement} T @param {string} selector @param {new () => T} type @returns {T[]} */
function elements(selector, type) {
  return [...document.querySelectorAll(selector)].filter((element) => element instanceof type);
}

/** @type {Map<Card, Answer>} */
const answers = new Map();
let round = new AbortController();

/** @param {string} client @param {string} ownAccept */
async function loadAll(client, ownAccept) {
  const accept = acceptOfClient[client] ?? ownAccept;
  round.abort();
  round = new AbortController();
  const { signal } = round;
  answers.clear();
  for (const card of cards) card.showLoading();
  showSummary();
  byId("accept").textContent = accept;
  byId("client-note").textContent = noteOfClient[client] ?? "";

  const queue = [...cards];
  const worker = async () => {
    for (let card = queue.shift(); card && !signal.aborted; card = queue.shift()) await load(card, accept, signal, 1);
  };
  await Promise.all(Array.from({ length: maxParallel }, worker));
}

/** @param {Card} card @param {string} accept @param {AbortSignal} signal @param {number} tries */
async function load(card, accept, signal, tries) {
  try {
    const answer = await askForImage(card.picture.path, accept, signal);
    if (signal.aborted) return;
    const isInterim = answer.reason === "interim" || answer.pending.length > 0;
    const asksAgain = isInterim && tries < maxTries;
    answers.set(card, answer);
    card.showAnswer(answer, asksAgain ? "interim" : isInterim ? "unfinished" : "done");
    if (asksAgain) {
      const delay = Math.min(maxDelayMilliseconds, firstDelayMilliseconds * delayGrowth ** (tries - 1));
      setTimeout(() => void load(card, accept, signal, tries + 1), delay);
    }
  } catch (error) {
    if (signal.aborted) return;
    answers.delete(card);
    // `fetch` says no more than "failed" when there was no answer at all.
    const unreachable = error instanceof TypeError;
    card.showError(unreachable || !(error instanceof Error) ? "The server did not answer." : error.message);
  }
  showSummary();
}

function showSummary() {
  const all = [...answers.values()];
  const compared = all.filter((answer) => answer.from !== undefined);
  const from = compared.reduce((sum, answer) => sum + (answer.from ?? 0), 0);
  // Originals and what was sent for them are set against each other; without any original, what was sent is still known.
  const to = (compared.length > 0 ? compared : all).reduce((sum, answer) => sum + answer.to, 0);
  byId("total-from").textContent = from > 0 ? formatBytes(from) : "–";
  byId("total-to").textContent = to > 0 ? formatBytes(to) : "–";
  byId("total-saved").textContent = from > 0 ? `${percentSaved(from, to)} %` : "–";

  const inState = (/** @type {string} */ state) => cards.filter((card) => card.root.dataset.state === state).length;
  const failed = inState("error");
  const unfinished = inState("unfinished");
  let progress = `${cards.length} pictures, all in their final form`;
  if (unfinished > 0) progress = `A smaller file is still being made of ${unfinished} of ${cards.length} pictures`;
  if (failed > 0) progress = `${failed} of ${cards.length} pictures could not be loaded`;
  if (inState("interim") > 0) progress = "Smaller files are being made, for up to a minute …";
  if (inState("loading") > 0) progress = "Loading …";
  // A status is read out whenever it is set, so it is set only when it changes.
  if (byId("progress").textContent !== progress) byId("progress").textContent = progress;
}

function showCommands() {
  for (const line of elements("[data-curl]", HTMLElement)) {
    const { curl, agent } = line.dataset;
    const as = agent ? ` -A '${agent}'` : "";
    line.textContent = `curl -sD - -o /dev/null${as} -H 'Accept: ${curl}' ${location.origin}/photos/lighthouse.jpg`;
  }
  for (const button of elements("[data-copies]", HTMLButtonElement)) {
    const line = byId(button.dataset.copies ?? "");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(line.textContent ?? "");
        button.textContent = "Copied";
      } catch {
        // Without HTTPS or permission there is no clipboard; a selection can be copied by hand.
        getSelection()?.selectAllChildren(line);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  }
}

async function start() {
  showCommands();
  showSummary();
  const clients = elements("input[name=client]", HTMLInputElement);
  const ownAccept = await detectAccept();
  const wanted = location.hash.slice(1);
  for (const input of clients) {
    if (input.value === wanted) input.checked = true;
    input.addEventListener("change", () => {
      history.replaceState(null, "", input.value === "own" ? location.pathname : `#${input.value}`);
      void loadAll(input.value, ownAccept);
    });
  }
  const chosen = clients.find((input) => input.checked)?.value ?? "own";
  await loadAll(chosen, ownAccept);
}

void start();
