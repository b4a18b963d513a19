#include "support.h"

#include "interpreter_liars.h"

#include "inventory/disassembly.h"
#include "inventory/interpreter_private.h"
#include "inventory/lines.h"
#include "inventory/producer.h"

/* Processes that read debug information and code, and lie or end (T23): nothing is believed, and nothing happens but
 * that names and instructions are missing. */

#define CODE_BYTES 12u
#define ADDRESS 0x1000u

/* A second is enough: none of these lies takes time but the one that never answers. */
static AssayInterpreter *
interpreter_of (AssayWorkerMain work)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  limits.value[ASSAY_LIMIT_NODE_TIME] = work == work_never_answers ? 1 : 60;
  return assay_interpreter_new_for (work, &limits);
}

/* A file that says that it has debug information; nobody reads it. */
static AssayBlob *
make_blob (void)
{
  static const guint8 bytes[16];
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  elf_maker_add_section (
      maker, &(ElfMakerSection){ .name = ".debug_info", .type = SHT_PROGBITS, .data = bytes, .size = sizeof bytes });
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  return blob_of_array (file);
}

/* The lies about code say nothing false of places, as long as they are no places, and the other way round. */
static void
no_place_is_believed (void **state)
{
  g_autoptr (AssayBlob) blob = make_blob ();
  for (gsize i = 0; i < G_N_ELEMENTS (interpreter_liars); i++)
    {
      g_autoptr (AssayInterpreter) interpreter = interpreter_of (interpreter_liars[i].work);
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayLines) lines = assay_lines_new (interpreter, blob, NULL, &error);
      AssaySourcePlace place = { NULL };
      if (lines == NULL)
        fail_msg ("%s: %s", interpreter_liars[i].name, error->message);
      for (guint j = 0; j < 3; j++)
        if (assay_lines_find (lines, ADDRESS, 0, &place))
          fail_msg ("%s: %s in %s", interpreter_liars[i].name, place.function, place.file);
      assert_null (place.inlined_by);
    }
}

static void
no_code_is_believed (void **state)
{
  static const guint8 bytes[CODE_BYTES] = { 0x90 };
  const AssayElf elf = { .machine = EM_X86_64, .bits = 64 };
  const AssayCodePiece piece = { bytes, sizeof bytes, ADDRESS, ASSAY_CODE_MAIN };
  for (gsize i = 0; i < G_N_ELEMENTS (interpreter_liars); i++)
    {
      g_autoptr (AssayInterpreter) interpreter = interpreter_of (interpreter_liars[i].work);
      g_autoptr (AssayDisassembler) disassembler = assay_disassembler_new (interpreter, &elf);
      assert_non_null (disassembler);
      for (guint j = 0; j < 3; j++)
        if (assay_disassemble (disassembler, &piece, 0) != NULL)
          fail_msg ("%s: believed", interpreter_liars[i].name);
    }
}

/* Texts of compilers are any bytes: what is no answer says nothing, and that is said. */
static void
no_compiler_is_believed (void **state)
{
  g_autoptr (AssayBlob) blob = make_blob ();
  for (gsize i = 0; i < G_N_ELEMENTS (interpreter_liars); i++)
    {
      g_autoptr (AssayInterpreter) interpreter = interpreter_of (interpreter_liars[i].work);
      g_autoptr (AssayProducers) producers = assay_producers_new ();
      assay_producers_add_debug (producers, interpreter, blob);
      g_autoptr (GPtrArray) list = assay_producers_list (producers);
      if (list->len > 0)
        fail_msg ("%s: %s", interpreter_liars[i].name, ((AssayProducer *)g_ptr_array_index (list, 0))->text);
      if (interpreter_liars[i].work != work_never_answers && assay_producers_is_whole (producers, ASSAY_PRODUCER_DEBUG))
        fail_msg ("%s: taken for all of it", interpreter_liars[i].name);
    }
}

/* A place that is one: it is made safe to show here, whoever said it. */
static void
work_terminal_controls (AssayWire *wire)
{
  /* turns the direction of the line */
  static const char turning[] = { '\xe2', '\x80', '\xae', '\xff', '\0' };
  AssayMessage question;
  while (assay_wire_receive (wire, &question, NULL))
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();
      if (question.kind == ASSAY_INTERPRETER_LIMITS || question.kind == ASSAY_INTERPRETER_FILE)
        continue;
      if (question.kind == ASSAY_INTERPRETER_FIND)
        {
          lie_place (out, question.first + 16, "a\033[2J.c", turning, 3, 1);
          assay_put_bytes (out, "x\0y", 3);
        }
      else if (question.kind == ASSAY_INTERPRETER_PRODUCERS)
        {
          assay_put_number (out, 1);
          assay_put_text (out, "GNU C\n\033[2J");
        }
      lie_answer (wire, out);
    }
}

static void
texts_are_escaped_here (void **state)
{
  g_autoptr (AssayBlob) blob = make_blob ();
  g_autoptr (AssayInterpreter) interpreter = interpreter_of (work_terminal_controls);
  g_autoptr (AssayLines) lines = assay_lines_new (interpreter, blob, NULL, NULL);
  g_auto (AssaySourcePlace) place = { NULL };
  assert_true (assay_lines_find (lines, ADDRESS, 0, &place));
  assert_string_equal (place.file, "a\\x1B[2J.c");
  assert_string_equal (place.function, "\\xE2\\x80\\xAE\\xFF");
  assert_string_equal (g_ptr_array_index (place.inlined_by, 0), "x\\x00y");
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_debug (producers, interpreter, blob);
  g_autoptr (GPtrArray) list = assay_producers_list (producers);
  assert_int_equal (list->len, 1);
  assert_string_equal (((AssayProducer *)g_ptr_array_index (list, 0))->text, "GNU C\\x0A\\x1B[2J");
}

static GError *
failure_of (AssayInterpreter *interpreter)
{
  const AssayMessage question = { .kind = ASSAY_INTERPRETER_FIND, .first = ADDRESS };
  GError *error = NULL;
  assert_null (assay_interpreter_ask (interpreter, &question, NULL, 1024, &error));
  assert_non_null (error);
  return error;
}

/* One that ends is replaced, but not for ever: no more processes than these are begun for one file. */
static void
is_replaced_a_few_times (void **state)
{
  g_autoptr (AssayInterpreter) interpreter = interpreter_of (work_dies);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = failure_of (interpreter);
      assert_string_equal (error->message, "the process that reads it gave up");
    }
  g_autoptr (GError) error = failure_of (interpreter);
  assert_string_equal (error->message, "the processes that read it have ended");
}

/* Its own word for an error is none that would end the program otherwise, and is shown escaped. */
static void
says_too_much_of_itself (void **state)
{
  g_autoptr (AssayInterpreter) interpreter = interpreter_of (work_fails_as_we_do);
  g_autoptr (GError) error = failure_of (interpreter);
  assert_int_equal (error->code, ASSAY_ERROR_FAILED);
  assert_string_equal (error->message, "\\x1B]0;title\\x07");
}

static void
time_is_limited (void **state)
{
  g_autoptr (AssayInterpreter) interpreter = interpreter_of (work_never_answers);
  g_autoptr (GError) error = failure_of (interpreter);
  assert_int_equal (error->code, ASSAY_ERROR_LIMIT);
  assert_non_null (strstr (error->message, "limit node-time (1 seconds)"));
}

/* A process that asks for more memory than debug information may take is ended, and we go on. */
static void
work_fills_memory (AssayWire *wire)
{
  AssayMessage question;
  while (assay_wire_receive (wire, &question, NULL))
    while (question.kind == ASSAY_INTERPRETER_FIND)
      memset (g_malloc (1u << 20), 1, 1u << 20);
}

static void
memory_is_limited (void **state)
{
#ifdef ASSAY_SANITIZED
  skip ();
#endif
  AssayLimits limits;
  assay_limits_init (&limits);
  limits.value[ASSAY_LIMIT_WORKER_MEMORY] = 64u << 20;
  limits.value[ASSAY_LIMIT_DEBUG_BYTES] = 32u << 20;
  g_autoptr (AssayInterpreter) interpreter = assay_interpreter_new_for (work_fills_memory, &limits);
  g_autoptr (GError) error = failure_of (interpreter);
  assert_int_equal (error->code, ASSAY_ERROR_FAILED);
  assert_non_null (strstr (error->message, "worker-memory"));
  assert_non_null (strstr (error->message, "100663296"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (no_place_is_believed),    cmocka_unit_test (no_code_is_believed),
    cmocka_unit_test (no_compiler_is_believed), cmocka_unit_test (texts_are_escaped_here),
    cmocka_unit_test (is_replaced_a_few_times), cmocka_unit_test (says_too_much_of_itself),
    cmocka_unit_test (time_is_limited),         cmocka_unit_test (memory_is_limited),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
