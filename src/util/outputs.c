#include "util/outputs.h"

/** One call. @staged: of each plan, or NULL: it is direct, or was not written. @error: the first. */
typedef struct
{
  const AssayOutputPlan *plans;
  GPtrArray *staged;
  AssayOutputOrder order;
  GError *error;
} Writing;

/* FALSE: nothing more is to be done. */
static gboolean
note (Writing *writing, GError *error)
{
  if (error != NULL && writing->error == NULL)
    writing->error = error;
  else
    g_clear_error (&error);
  return writing->error == NULL || writing->order == ASSAY_OUTPUTS_EACH;
}

static AssayOutput *
write_one (const AssayOutputPlan *plan, GError **error)
{
  g_autoptr (AssayOutput) output = assay_output_new (plan->path, error);
  return output != NULL && plan->write (plan->data, output, error) ? g_steal_pointer (&output) : NULL;
}

static gboolean
stage (Writing *writing, gsize index)
{
  GError *error = NULL;
  if (assay_output_is_direct (writing->plans[index].path))
    return TRUE;
  AssayOutput *output = write_one (&writing->plans[index], &error);
  if (output != NULL && assay_output_settle (output, &error))
    g_ptr_array_index (writing->staged, index) = output;
  else
    assay_output_free (output);
  return note (writing, error);
}

static gboolean
write_directly (Writing *writing, gsize index)
{
  GError *error = NULL;
  if (!assay_output_is_direct (writing->plans[index].path))
    return TRUE;
  g_autoptr (AssayOutput) output = write_one (&writing->plans[index], &error);
  if (output != NULL)
    assay_output_commit (output, &error);
  return note (writing, error);
}

static gboolean
put_in_place (Writing *writing, gsize index)
{
  GError *error = NULL;
  AssayOutput *output = g_ptr_array_index (writing->staged, index);
  if (output != NULL)
    assay_output_commit (output, &error);
  return note (writing, error);
}

gboolean
assay_outputs_write (const AssayOutputPlan *plans, gsize count, AssayOutputOrder order, GError **error)
{
  static gboolean (*const steps[][3]) (Writing *, gsize) = {
    [ASSAY_OUTPUTS_ALL_OR_NONE] = { stage, write_directly, put_in_place },
    [ASSAY_OUTPUTS_EACH] = { stage, put_in_place, write_directly },
  };
  g_autoptr (GPtrArray) staged = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_output_free);
  Writing writing = { plans, staged, order, NULL };
  gboolean goes_on = TRUE;
  g_ptr_array_set_size (staged, (gint)count);
  for (gsize step = 0; step < G_N_ELEMENTS (steps[0]); step++)
    for (gsize i = 0; i < count && goes_on; i++)
      goes_on = steps[order][step](&writing, i);
  if (writing.error == NULL)
    return TRUE;
  g_propagate_error (error, writing.error);
  return FALSE;
}
