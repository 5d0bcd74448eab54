import { table } from "../terminal/table.ts";

const overview = [
  ["/set", "Set session variables"],
  ["/show", "Show model information"],
  ["/load <model>", "Load another model, and begin anew"],
  ["/save <model>", "Save this session as a model"],
  ["/clear", "Forget the conversation"],
  ["/bye", "Exit"],
  ["/?, /help", "Help for a command"],
  ["/? shortcuts", "Help for keyboard shortcuts"],
];

const setHelp = [
  ["/set parameter <name> <value>", "Set a parameter, e.g. temperature 0.5"],
  ["/set system <text>", "Set the system message"],
  ["/set history", "Keep what you write, for the arrow keys"],
  ["/set nohistory", "Keep it no longer"],
  ["/set wordwrap", "Break lines between words"],
  ["/set nowordwrap", "Leave lines as they are"],
  ["/set format json", "Ask for JSON"],
  ["/set noformat", "Ask for text"],
  ["/set verbose", "Show what answers take"],
  ["/set quiet", "Do not show it"],
  ["/set think [low|medium|high|max]", "Let the model think first"],
  ["/set nothink", "Let it answer at once"],
];

const showHelp = [
  ["/show info", "About the model"],
  ["/show license", "Its license"],
  ["/show modelfile", "Its Modelfile"],
  ["/show parameters", "Its parameters, and yours"],
  ["/show system", "The system message"],
  ["/show template", "Its prompt template"],
];

const shortcuts = [
  ["Ctrl + a, Home", "To the beginning of the line"],
  ["Ctrl + e, End", "To the end of the line"],
  ["Alt + b, Ctrl + Left", "Back a word"],
  ["Alt + f, Ctrl + Right", "Forward a word"],
  ["Ctrl + k", "Delete up to the end of the line"],
  ["Ctrl + u", "Delete up to its beginning"],
  ["Ctrl + w", "Delete the word before the cursor"],
  ["Up, Down", "What you wrote before"],
  ["Ctrl + j, Alt + Enter", "Begin another line"],
  ["Ctrl + l", "Clear the screen"],
  ["Ctrl + c", "Stop the answer, or drop what you write"],
  ["Ctrl + z", "Suspend"],
  ["Ctrl + d", "Exit"],
];

const multiline = 'Use """ to begin a message of several lines, and """ to end it.';

/** Help on what stands after `/?`. */
export function slashHelp(topic: string): string {
  switch (topic.replace(/^\//, "")) {
    case "set":
      return listed("Available Commands:", setHelp);
    case "show":
      return listed("Available Commands:", showHelp);
    case "shortcut":
    case "shortcuts":
      return listed("Available keyboard shortcuts:", shortcuts);
    default:
      return `${listed("Available Commands:", overview)}\n${multiline}\n`;
  }
}

const listed = (head: string, rows: string[][]) => `${head}\n${table(rows, { indent: 2 })}\n`;
