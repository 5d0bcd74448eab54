/** A PNG in base64, 32 pixels wide: a red circle. */
const redCircle =
  "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAABEUlEQVR4AbXBQZEDMAwAMSMRf1DLxQfgkk77" +
  "iDT72Oxjs4/NPjb72Oxjs7+I2F/MfiEiIiJivzD7UURERERExH40excRERERERGxd7MXERERERERERF7MXsR" +
  "EREREREREbEXsycRERERERERERF7MnsSERERERERERGxJ7MnERERERERERERezL7T0RERERERERERMT+M/tP" +
  "RERERERERERExP4zexIREREREREREbEnsycRERERERERERF7MnsSERERERERERGxJ7MXERERERERERF7MXsR" +
  "EREREREREbEXs3cRERERERERezf7UURERERExH40+4WIiIiI/cLsLyL2F7OPzT42+9jsY7OPzT72B7Y72nwO" +
  "h0ZQAAAAAElFTkSuQmCC";

const user = (content: string | object[]) => ({ role: "user", content });

const weather = {
  name: "get_weather",
  description: "Get the weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** Chats to begin with, of which the embedded model is sure. */
export const chatExamples = [
  { messages: [user("What is the capital of France?")], temperature: 0 },
  { messages: [user("What is the capital of France?")], stream: true, temperature: 0 },
  {
    messages: [user("What is the weather in Paris?")],
    tools: [{ type: "function", function: weather }],
    temperature: 0,
  },
  {
    messages: [
      user([
        { type: "text", text: "What is in this image?" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${redCircle}` } },
      ]),
    ],
    max_tokens: 64,
    temperature: 0,
  },
];
