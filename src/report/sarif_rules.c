#include "report/sarif.h"

/** What a rule says for itself. The identifiers are promised: whoever closes alerts, or filters by them, names them. */
typedef struct
{
  const char *id;
  const char *name;
  const char *level;
  const char *brief;
  const char *help;
} Rule;

static const Rule rules[ASSAY_SARIF_RULE_COUNT] = {
  [ASSAY_SARIF_VERDICT]
  = { "verdict", "Verdict", "error", "The image does not pass.",
      "This stands there once whenever the image does not pass, and says what was found in one sentence. The other "
      "results say where. It goes when the image is what the source builds, or when a policy allows, by lines with a "
      "reason and an owner, whatever differs." },
  [ASSAY_SARIF_POLICY] = { "policy", "PolicyDoesNotHold", "error", "A line of the policy does not hold.",
                           "What the policy asks for is not so. Either the image, the recipe or the inputs of the "
                           "rebuild are other than the "
                           "policy's owner allows, or the policy has to be changed by that owner." },
  [ASSAY_SARIF_UNDECIDED]
  = { "undecided", "Undecided", "error", "Something could not be read, rebuilt or judged.",
      "This is never a pass. The message names the limit that was hit, the step that failed, or the part that could "
      "not be read. Mend the recipe, or raise the limit with --limit, and judge again." },
  [ASSAY_SARIF_AMBIGUOUS]
  = { "ambiguous", "Ambiguous", "error", "The image can be read in more than one way.",
      "Two parts of the image claim one name, or readers of its format would see different things in it. Whoever "
      "verifies one of them has not verified the other." },
  [ASSAY_SARIF_MISSING] = { "missing", "Missing", "error", "Something that was expected is not in the image.",
                            "The expected side has it, the image has not. Something was left out of the image, or the "
                            "recipe builds more than "
                            "is shipped." },
  [ASSAY_SARIF_BYTES_DIFFER]
  = { "bytes-differ", "BytesDiffer", "error", "Bytes of the image are not those that were expected.",
      "These bytes differ by themselves, and no rule proves why. Look at the source line and at the instructions of "
      "both "
      "sides in the HTML report. If all of a program differs, compare compilers and options first: the rebuild may not "
      "be the vendor's." },
  [ASSAY_SARIF_BYTES_FOLLOW]
  = { "bytes-follow", "BytesFollow", "warning", "Bytes differ only because of what changed or moved elsewhere.",
      "Addresses and offsets that follow from another change. They do not pass, since nothing proved them, but they "
      "tell "
      "nothing new: once the change that they follow from is gone, they are. If they stay, they are not what they "
      "seemed." },
  [ASSAY_SARIF_BYTES_ADDED]
  = { "bytes-added", "BytesAdded", "error", "The image has something that nothing expected corresponds to.",
      "An added file, a piece behind the last section, or between two segments. Nothing in the source that was "
      "delivered "
      "accounts for it." },
  [ASSAY_SARIF_BYTES_OPAQUE]
  = { "bytes-opaque", "BytesOpaque", "error", "Machine code that came ready-made instead of being built.",
      "It is equal to what was delivered, but nothing was compiled: its source is not there. A policy may accept it by "
      "its digest, with a reason." },
  [ASSAY_SARIF_BYTES_UNREPRODUCIBLE]
  = { "bytes-unreproducible", "BytesUnreproducible", "error", "Bytes in which two of our own rebuilds differ.",
      "The build does not give the same bytes twice here, so that nothing can be said of those that were shipped. Make "
      "the build reproducible: times, paths, the order of files and random numbers are the usual causes." },
  [ASSAY_SARIF_BYTES_UNDECIDED]
  = { "bytes-undecided", "BytesUndecided", "error", "Bytes that could not be read or judged.",
      "This is never a pass. A limit was hit, or a part of the image is damaged or of a form that is not known. The "
      "verdict names the cause." },
  [ASSAY_SARIF_BYTES_WAIVED]
  = { "bytes-waived", "BytesWaived", "note", "Bytes that a line of the policy allows to differ.",
      "They differ, nothing proves why, and a line of the policy accepts that, for its reason and by its owner. It is "
      "a "
      "suppressed result, so that whoever reviews the policy sees what it lets through." },
  [ASSAY_SARIF_FACT_DIFFERS]
  = { "fact-differs", "FactDiffers", "error", "A mode, owner, link, size or another fact is not what was expected.",
      "Facts beside the bytes decide what a file does as much as bytes do: a set-user-ID bit, an owner, where a link "
      "leads, what starts at boot. Recipes state those that no rebuilt file carries under the key entries." },
  [ASSAY_SARIF_FACT_UNDECIDED] = { "fact-undecided", "FactUndecided", "error", "A fact that could not be judged.",
                                   "This is never a pass. The verdict names the cause." },
  [ASSAY_SARIF_FACT_WAIVED]
  = { "fact-waived", "FactWaived", "note", "A fact that a line of the policy allows to differ.",
      "It differs, and a line of the policy accepts that, for its reason and by its owner. It is a suppressed result, "
      "so "
      "that whoever reviews the policy sees what it lets through." },
};

const char *
assay_sarif_rule_id (AssaySarifRule rule)
{
  return rules[rule].id;
}

const char *
assay_sarif_rule_level (AssaySarifRule rule)
{
  return rules[rule].level;
}

static void
emit_rule (AssayEmitter *emitter, const Rule *rule)
{
  assay_emitter_open (emitter, '{');
  assay_emitter_key (emitter, "defaultConfiguration");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "level", rule->level);
  assay_emitter_close (emitter, '}');
  assay_sarif_emit_text (emitter, "fullDescription", rule->brief);
  assay_sarif_emit_text (emitter, "help", rule->help);
  assay_emitter_add_text (emitter, "id", rule->id);
  assay_emitter_add_text (emitter, "name", rule->name);
  assay_sarif_emit_text (emitter, "shortDescription", rule->brief);
  assay_emitter_close (emitter, '}');
}

void
assay_sarif_emit_rules (AssayEmitter *emitter)
{
  assay_emitter_open (emitter, '[');
  for (gsize i = 0; i < ASSAY_SARIF_RULE_COUNT; i++)
    emit_rule (emitter, &rules[i]);
  assay_emitter_close (emitter, ']');
}
