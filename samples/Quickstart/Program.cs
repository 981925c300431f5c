Console.WriteLine("Intarsia quickstart");
