#include "util/crew.h"

typedef struct
{
  guint count;
  gint next; /* atomic: the task that is begun next */
  AssayCrewTask task;
  gpointer data;
} Crew;

static gpointer
work (gpointer data)
{
  Crew *crew = data;
  for (;;)
    {
      guint index = (guint)g_atomic_int_add (&crew->next, 1);
      if (index >= crew->count)
        return NULL;
      crew->task (index, crew->data);
    }
}

void
assay_crew_run (guint count, guint at_once, AssayCrewTask task, gpointer data)
{
  Crew crew = { .count = count, .task = task, .data = data };
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  for (guint i = 1; i < MIN (at_once, count); i++)
    {
      GThread *thread = g_thread_try_new ("crew", work, &crew, NULL);
      if (thread == NULL)
        break;
      g_ptr_array_add (others, thread);
    }
  work (&crew);
  for (guint i = 0; i < others->len; i++)
    g_thread_join (g_ptr_array_index (others, i));
}
