Console.WriteLine("Intarsia product space");
