#include <assay/verdict.h>

const char *
assay_verdict_name (AssayVerdict verdict)
{
  static const char *const names[] = {
    [ASSAY_VERDICT_UNDECIDED] = "undecided", [ASSAY_VERDICT_MISMATCH] = "mismatch",
    [ASSAY_VERDICT_WAIVED] = "waived",       [ASSAY_VERDICT_EQUIVALENT] = "equivalent",
    [ASSAY_VERDICT_IDENTICAL] = "identical",
  };
  return (guint)verdict < G_N_ELEMENTS (names) ? names[verdict] : names[ASSAY_VERDICT_UNDECIDED];
}

const char *
assay_class_name (AssayClass class_)
{
  static const char *const names[ASSAY_CLASS_COUNT] = {
    [ASSAY_CLASS_UNDECIDED] = "undecided",
    [ASSAY_CLASS_IDENTICAL] = "identical",
    [ASSAY_CLASS_EXPLAINED] = "explained",
    [ASSAY_CLASS_WAIVED] = "waived",
    [ASSAY_CLASS_UNREPRODUCIBLE] = "unreproducible",
    [ASSAY_CLASS_STRUCTURE] = "structure",
    [ASSAY_CLASS_OUTSIDE] = "outside",
    [ASSAY_CLASS_UNEXPLAINED] = "unexplained",
  };
  return (guint)class_ < G_N_ELEMENTS (names) ? names[class_] : names[ASSAY_CLASS_UNDECIDED];
}
