#include "inventory/operand/private.h"

void
assay_operand_prepare (AssayOperandTable *table)
{
  for (guint byte = 0; byte < G_N_ELEMENTS (table->first); byte++)
    {
      guint i = 0;
      while (i < table->count
             && ((byte ^ (table->rules[i].match >> table->shift)) & (table->rules[i].mask >> table->shift) & 0xff) != 0)
        i++;
      table->first[byte] = (guint8)i;
    }
}
