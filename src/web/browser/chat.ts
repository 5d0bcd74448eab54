import { ApiError } from "./api.ts";
import { Chat } from "./chat-page.ts";
import { announce, byId } from "./dom.ts";
import { Keeping } from "./keeping.ts";
import { ModelPicker } from "./model-picker.ts";

/** How long to wait before a server that loads its model is asked again, milliseconds. */
const againMs = 1000;

const keeping = await Keeping.open();
const picker = new ModelPicker();
const chat = new Chat(keeping, picker);
await chat.start();
await begin();

/** Learns which models there are, as soon as the server says so. */
async function begin(): Promise<void> {
  const notice = byId("notice", HTMLElement);
  for (;;) {
    try {
      await picker.load();
      notice.hidden = true;
      if (!keeping.isKept) say("This browser keeps nothing: conversations end with the page.");
      return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const isLoading = error.status === 503 || error.status === 0;
      say(error.message);
      if (!isLoading) return;
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }

  function say(text: string): void {
    if (!notice.hidden && notice.textContent === text) return;
    notice.textContent = text;
    notice.hidden = false;
    announce(text);
  }
}
